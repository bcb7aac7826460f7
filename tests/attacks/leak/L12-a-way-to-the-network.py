# id: L12
# technique: TCP, UDP, DNS, HTTP, raw and UNIX sockets out, from Python and from programs
# must not: a byte leaves
# stops: seccomp refuses sockets; a network namespace has no interface; Landlock refuses TCP
# layers: seccomp, network-namespace
# control: without a sandbox it works

# %%
import socket, subprocess, urllib.request
def out(words):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            with socket.socket(socket.AF_INET, kind) as end:
                end.settimeout(0.2)
                end.connect(("127.0.0.1", @PORT@)); end.send(repr(words).encode())
        except OSError:
            pass
    try:
        urllib.request.urlopen("http://127.0.0.1:@PORT@/" + words[1], timeout=0.2)
    except Exception:
        pass
    subprocess.run(["bash", "-c", f"echo {words[1]} > /dev/tcp/127.0.0.1/@PORT@; echo x > /dev/udp/127.0.0.1/@PORT@"], capture_output=True)
out(["from", "a cell"])
_label = label
def label(words):
    out(words)
    return _label(words)
