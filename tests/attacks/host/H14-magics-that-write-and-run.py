# id: H14
# technique: writefile, bash, script, run, load_ext, env, system and alias magics against files outside
# must not: one gets further than Python would
# stops: confinement is the kernel's, below every language
# layers: landlock, mount-namespace

# %%
%%writefile @OUTSIDE@/@MARK@-written.py
x = 1
# %%
%%bash
touch @OUTSIDE@/@MARK@-bash /tmp/../@MARK@ @HOME@/@MARK@; echo changed > @OUTSIDE@/module.py
# %%
!echo changed > @OUTSIDE@/results.json
%sx rm -rf @OUTSIDE@/module.py @COURSE@/solutions
%env PYTHONPATH=@OUTSIDE@
