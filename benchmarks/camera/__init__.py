"""How punctual shutters are, and how fast and how frugal the way off the card, with the twin's truth log as the referee."""
