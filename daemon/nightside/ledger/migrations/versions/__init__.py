"""The scripts. Each raises `schema.REVISION`, and a test holds what they lead to against `schema`."""
