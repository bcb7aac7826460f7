# id: H04
# technique: a zip whose entries climb out: ../, absolute, drive letters, devices, NUL, links
# must not: a file outside the workspace is written
# stops: names are checked before anything is unpacked; links are not made
# layers: none
# form: make

import stat
import zipfile


def make(folder, good, marks):
    mark = marks.told["MARK"]
    with zipfile.ZipFile(folder / "class.zip", "w") as archive:
        for name in (f"../{mark}.py", f"../../{mark}.py", f"/tmp/{mark}.py", f"a/../../{mark}.py", f"C:\\{mark}.py", "con.py", f"..\\{mark}.py"):
            archive.writestr(name, "x = 1\n")
        link = zipfile.ZipInfo("link.py")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, f"{marks.told['HOME']}/.netrc")
        archive.writestr("honest.py", good)
