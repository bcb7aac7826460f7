# id: P07
# technique: workflow commands of CI systems at the start of lines of messages and output
# must not: CI obeys one
# stops: lines of students never begin a line of the command's own output
# layers: none
# twin: score/F28-printed-passes

# %%
print("::stop-commands::x\n::add-mask::y\n::error file=a::b\n##[set-env]a=b")
raise ValueError("x\n::set-output name=score::10\n::error::@MARK@\n##vso[task.complete result=Succeeded]")
