# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # {{ title }}
#
# A classifier ends with one score a class. Scores may be any numbers. The **softmax** makes probabilities of them:
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}$$
#
# Examples are rows: `Z` has shape (m, k), for m examples and k classes.

# %%
import numpy as np

# %% [markdown]
# There is a trap. $e^{1000}$ is more than float64 holds. What a row has in common does not matter, though: take its
# largest score away from all of its scores, and the probabilities stay as they are.
#
# **Exercise.** Write the softmax.

# %% exercise="softmax"
def softmax(Z):
    """Probabilities from scores, row by row, without overflow.

    Args:
        Z: scores, float64, shape (m, k).

    Returns:
        float64, shape (m, k): no entry is negative, and every row sums to one.
    """
    ### BEGIN SOLUTION
    powers = np.exp(Z - Z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION

# %% [markdown]
# Equal scores share. A score that is ahead by far takes all.

# %%
softmax(np.array([[0.0, 0.0, 0.0], [1000.0, 0.0, 0.0]]))
