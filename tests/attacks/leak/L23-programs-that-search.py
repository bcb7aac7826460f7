# id: L23
# technique: find, grep, cat and tar from shells, cell magics and IPython's own commands
# must not: a secret file is read
# stops: what a session starts is confined as it is
# layers: landlock, mount-namespace
# control: without a sandbox it works

# %%
%%bash --out text
grep -rhoE 'zq[0-9a-f]{16}' "@HOME@" "@OTHERS@" "@OUT@" @COURSE@/solutions 2>/dev/null | head -5
tar cf - "@HOME@" 2>/dev/null | grep -aoE 'zq[0-9a-f]{16}'
true
# %%
lines = !cat @HOME@/.netrc @OTHERS@/*
if "z" + "q" in text + str(lines):
    raise RuntimeError(text + str(lines))
