"""What keeps the daemon useful for weeks: the agenda, and later the API and the pages."""
