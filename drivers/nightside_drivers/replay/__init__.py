"""A body that answers from a recording: what a real one said of itself once, for reports and for tests without that body."""
