"""The board: runs on a web page of this machine."""
