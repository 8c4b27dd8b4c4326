"""Frames to look at: small pictures of them, made beside the daemon and kept within a bound, and what persons think of them."""
