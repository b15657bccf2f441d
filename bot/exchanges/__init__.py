"""The venues: what each one's messages mean, and running its connection."""
