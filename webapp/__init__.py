"""The web app on the PC: a read-only JSON API over one trading.db, and the page that draws it."""
