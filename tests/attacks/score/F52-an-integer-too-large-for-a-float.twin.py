# id: F52
# technique: large integers inside

# %%
import math
assert math.factorial(200) % 10**6 == 0
assert 2**4000 > 10**400
