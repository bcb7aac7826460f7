# id: L16
# technique: hidden inputs in NotImplementedError, SyntaxError, SystemExit, KeyError and UnicodeError
# must not: their special treatment shows the message
# stops: the sentence is the grader's, whatever the message says
# layers: none
# twin: score/F22-odd-exceptions

# %%
def label(words): raise NotImplementedError(words[1])
def neuron(x, w, b): raise SyntaxError(repr(x), ("<cell 1>", 1, 1, repr(x)))
def softmax(Z): exec(compile(f"zq = '{Z}", "<cell 2>", "exec"))
def train(X, y): raise SystemExit(repr(X))
