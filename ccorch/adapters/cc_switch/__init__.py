"""The providers that a user keeps in CC Switch: read-only, and exactly as CC Switch reads them."""
