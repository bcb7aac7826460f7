# id: R13
# technique: some hundred lines of progress

# %%
for epoch in range(300):
    print(f"epoch {epoch}: loss {1 / (epoch + 1):.4f}")
!echo done
