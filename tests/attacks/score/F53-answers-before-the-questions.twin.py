# id: F53
# technique: threads that compute in advance

# %%
import threading
cache = {}
worker = threading.Thread(target=lambda: cache.update(half=neuron(np.zeros(1), np.zeros(1), 0.0)))
worker.start(); worker.join()
assert cache["half"] == 0.5
