# id: P06
# technique: Greek letters, arrows and accents in messages

# %%
raise ValueError("∂L/∂W ≠ δ·aᵀ – größer als erwartet → 0.5")
