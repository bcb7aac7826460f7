# id: L06
# technique: memory maps and buffers of one's own

# %%
import ctypes, mmap
block = mmap.mmap(-1, 4096)
block[:3] = b"abc"
assert bytes(block[:3]) == b"abc"
text = ctypes.create_string_buffer(b"abc")
assert ctypes.string_at(ctypes.addressof(text)) == b"abc"
