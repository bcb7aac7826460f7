# id: F29
# technique: pipes and descriptors of one's own

# %%
import os
read, write = os.pipe()
os.write(write, b"abc")
assert os.read(read, 3) == b"abc"
os.close(read); os.close(write)
