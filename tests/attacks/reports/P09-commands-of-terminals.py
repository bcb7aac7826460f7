# id: P09
# technique: escape sequences that clear, retitle, recolour and link, and carriage returns
# must not: a terminal obeys one
# stops: control characters are spelled out
# layers: none
# twin: reports/P06-characters-that-break-xml

# %%
raise ValueError("\x1b[2J\x1b]0;@MARK@\x07\x1b]8;;http://127.0.0.1\x07x\x1b]8;;\x07\r100 % passed\x9b31m\x08\x08")
