# id: F53
# technique: a thread sends answers before they are asked for
# must not: an early answer is taken for the next check's
# stops: every answer carries the request's nonce; silence is expected between requests
# layers: none

# %%
import gc, socket, threading, time
def early():
    from autograder.sandbox import wire
    body = wire.encode(0.5)
    for link in [thing for thing in gc.get_objects() if type(thing) is socket.socket]:
        for _ in range(3):
            try:
                link.sendall(wire.HEADER.pack(len(body), bytes(16), wire.VALUE) + body)
            except OSError:
                pass
            time.sleep(0.01)
threading.Thread(target=early, daemon=True).start()
