# id: P04
# technique: file names with markup, quotes, formulas and workflow commands
# must not: a page, table or attribute is broken by one
# stops: names become ids of few characters; templates escape
# layers: none
# form: make

NAMES = ("<img src=x onerror=alert(1)>.py", "\"onmouseover=alert(1) x=\".py", "=cmd|'calc'!A1.py", "::set-output name=x::y.py", "a|b`c`.py", "-rf.py", "@SUM(1).py")


def make(folder, good, marks):
    for name in NAMES:
        (folder / name.replace("/", "")).write_text("raise ValueError('x')\n")
    (folder / "honest.py").write_text(good)
