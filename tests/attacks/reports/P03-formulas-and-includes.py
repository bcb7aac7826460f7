# id: P03
# technique: LaTeX includes, MathJax commands, templates and format strings in messages
# must not: one is evaluated
# stops: messages are text
# layers: none
# twin: reports/P01-markup-in-errors

# %%
raise ValueError("$\\input{/etc/passwd}$ \\(\\href{javascript:alert(1)}{x}\\) {{ 7*7 }} {% include '/etc/passwd' %} ${7*7} %(x)s {0.__class__}")
# %%
raise ValueError("{{ record.checks[0].detail }} {{ ''.__class__.__mro__ }}")
