"""The web page: NiceGUI on the daemon's own application.

It shows what the desk, the library and the other values of `nightside.service` say, and passes on what a person tells it. It holds
no logic, and no state beside what one open page shows. Its libraries are loaded when somebody who may see a page asks for one.
"""
