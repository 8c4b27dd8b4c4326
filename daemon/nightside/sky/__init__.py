"""When is it dark, for this camera: elements, the Sun and the Moon, the shadow, conditions and windows.

Pure numpy. Time is always an argument; nothing here asks a clock, keeps state, or touches a disk or a network, except the
loaders that say so in their names (`elements.load`, `refresh`, `files`). The rooms, from the bottom:

    instants, earth_orientation       time scales, and how the Earth turns; interpolation for tables
    sun, moon, frames, orbit, shadow  where things are, and what hides what
    almanac, curves                   one range of time seen from one vantage, and the quantities followed over it
    conditions, expression            predicates of time, and their text syntax
    crossings, roots, spans, windows  when a condition holds
    passes, refresh                   satellite passes over a site; keeping elements fresh
"""
