"""Finds secrets: where they stand, of which kind they are and how sure that is; the values go nowhere."""
