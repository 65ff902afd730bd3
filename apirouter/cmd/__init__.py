"""The command line tools: parse, call, print.

1. A command's module is its command line: the parser, ``main``, and what is refused for the arguments alone.
2. Its work is the module of the same name with an underscore in front, imported when the arguments are read:
   ``--help``, completion and a mistyped option are not to wait for WebOb, Routes and PasteDeploy.
3. What the commands share is in modules with an underscore; of these a command line imports ``_console`` alone.
"""
