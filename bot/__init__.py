"""Lookout: what Congress, DHS and the press say about facial recognition and immigration enforcement."""
