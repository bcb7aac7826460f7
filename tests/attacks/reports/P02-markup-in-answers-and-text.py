# id: P02
# technique: markup in text cells, answers, names and public messages
# must not: it is rendered
# stops: text cells are not shown; templates escape
# layers: none
# earns: 6
# twin: reports/P01-markup-in-errors

# %% [markdown]
# <script>alert("@MARK@")</script> [click](javascript:alert(1)) <img src=x onerror=alert(1)>
# %%
def neuron(x, w, b): raise ValueError("<img src=x onerror=alert('@MARK@')> [x](javascript:alert('@MARK@'))")
def label(words): return "<script>alert('@MARK@')</script>"
