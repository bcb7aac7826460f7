# id: H20
# technique: the Docker socket, the system bus, ssh agents, cloud metadata and abstract sockets
# must not: one answers
# stops: no socket of any family can be made
# layers: seccomp, network-namespace
# open: seccomp
# twin: leak/L12-a-way-to-the-network

# %%
import glob, socket
worked = []
addresses = ["/var/run/docker.sock", "/run/dbus/system_bus_socket", "/dev/log", "\0@MARK@", *glob.glob("/tmp/ssh-*/agent.*")]
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
    for address in addresses:
        try:
            end = socket.socket(socket.AF_UNIX, kind)
            end.connect(address)
            worked.append(address)
        except OSError:
            pass
for family in (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_ALG, getattr(socket, "AF_VSOCK", 40)):
    try:
        socket.socket(family, socket.SOCK_RAW)
        worked.append(str(family))
    except OSError:
        pass
if worked:
    raise RuntimeError("@MARK@ " + repr(worked))
