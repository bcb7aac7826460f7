# id: H02
# technique: another working folder of one's own

# %%
import os
os.makedirs("elsewhere", exist_ok=True)
os.chdir("elsewhere")
open("x", "w").write("x")
os.chdir("..")
