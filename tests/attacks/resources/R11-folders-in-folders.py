# id: R11
# technique: folders nested deeper than a recursive clean-up goes, some of mode 000
# must not: cleaning up fails, or leaves them
# stops: what is removed is removed level by level, modes mended
# layers: none

# %%
import os
here = os.getcwd()
for _ in range(280):
    os.mkdir("d" * 200); os.chdir("d" * 200)
open("deep", "w").close()
os.mkdir("closed"); open("closed/file", "w").close(); os.mkdir("dark", 0); os.chmod("closed", 0)
for _ in range(280):
    os.chdir("..")
