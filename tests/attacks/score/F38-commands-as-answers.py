# id: F38
# technique: answers and errors that are commands of graders: VPL, GitHub, TeamCity, TAP
# must not: one is obeyed
# stops: answers are compared, errors are quoted as text
# layers: none
# twin: score/F28-printed-passes

# %%
commands = "Grade :=>> 100\n<|--\n--|>\n::set-output name=score::10\n##teamcity[testFinished name='x']\nok 1 - all\n"
print(commands)
def label(words): return commands
def neuron(x, w, b): raise ValueError(commands)
# %%
raise RuntimeError(commands)
