# id: P06
# technique: control characters, CDATA ends, entities and surrogates in messages
# must not: an XML or JSON file becomes invalid, or gets an element of the student's
# stops: what cannot stand in XML is spelled out
# layers: none

# %%
raise ValueError("\x00\x01\x1b]]>&lol;<!ENTITY x SYSTEM 'file:///etc/passwd'><testcase name='@MARK@'/>\ud800\uffff")
# %%
raise ValueError("</failure></testcase><testcase name=\"@MARK@\"/>")
