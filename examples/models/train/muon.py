# SPDX-License-Identifier: Apache-2.0
"""Muon: momentum whose matrices are made orthogonal before they are added to the weights.
(Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024)"""

import torch


def orthogonal(matrix, steps=5):
    """Nearly the nearest matrix whose singular values are 1, by a Newton-Schulz iteration."""
    x = matrix.bfloat16()
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        square = x @ x.T
        x = 3.4445 * x + (-4.775 * square + 2.0315 * square @ square) @ x
    return (x if wide else x.T).float()


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(weight)
                mean = state["momentum"].lerp_(weight.grad, 1 - group["momentum"])
                update = orthogonal(weight.grad.lerp(mean, group["momentum"]))
                weight.mul_(1 - group["lr"] * group["weight_decay"])
                weight.add_(
                    update, alpha=-group["lr"] * max(1, weight.shape[0] / weight.shape[1]) ** 0.5
                )
