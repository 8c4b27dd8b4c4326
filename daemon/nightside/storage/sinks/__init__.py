"""Where frames end up: one module for each kind of sink. What all of them promise is in `sink`."""
