"""What the next day looks like from here, and the Earth below it: values ready to be drawn, for a page, a client or a terminal.

`values` says what there is, with units and frames; `timeline` and `plans` make the day, `world`, `shade` and `areas` the map,
`outlooks` does it for a running daemon, off its event loop. Nothing here draws, and nothing shoots by it.
"""
