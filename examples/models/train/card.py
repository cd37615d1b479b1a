# SPDX-License-Identifier: Apache-2.0
"""Completes a model's card: draws the losses of its run and fills in the table of its accuracy.

    python card.py RUN_FOLDER MODEL_FOLDER [q0f32.json q4f16_1.json]

The last two are what evaluate_engine.mjs wrote; they become columns of the table.
The card (README.md) is written by hand but for what stands between <!-- table --> and <!-- end -->.
"""

import json
import math
import pathlib
import re
import sys

import torch

from evaluate import evaluate, table

WIDTH, HEIGHT, LEFT, BOTTOM = 640, 280, 44, 30


def loss_curve(log):
    """A picture of the training loss over steps, on a logarithmic scale from 0.01 to 10."""
    steps = log[-1]["step"]
    across = lambda step: LEFT + (WIDTH - LEFT - 10) * step / steps
    down = lambda loss: 10 + (HEIGHT - BOTTOM - 10) * (1 - (math.log10(max(loss, 0.01)) + 2) / 3)
    points = " ".join(f"{across(e['step']):.1f},{down(e['loss']):.1f}" for e in log)
    parts = []
    for loss in (0.01, 0.1, 1, 10):
        parts.append(f'<path d="M{LEFT} {down(loss):.1f}H{WIDTH - 10}" stroke="#ccc"/>')
        parts.append(
            f'<text x="{LEFT - 6}" y="{down(loss) + 4:.1f}" text-anchor="end">{loss}</text>'
        )
    for step in range(0, steps + 1, 500):
        parts.append(
            f'<text x="{across(step):.1f}" y="{HEIGHT - 8}" text-anchor="middle">{step}</text>'
        )
    parts.append(f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="1.5"/>')
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n<title>training loss by step</title>\n{body}\n</svg>\n'
    )


def complete(run, folder, engine_results):
    lines = (run / "log.jsonl").read_text().splitlines()
    by_step = {entry["step"]: entry for entry in map(json.loads, lines)}  # the last of each counts
    log = [by_step[step] for step in sorted(by_step)]
    (folder / "loss.svg").write_text(loss_curve(log))
    card = folder / "README.md"
    columns = {"PyTorch, f32": evaluate(folder)}
    columns |= {f"engine, {path.stem}": json.loads(path.read_text()) for path in engine_results}
    filled = f"<!-- table -->\n{table(columns)}\n<!-- end -->"
    card.write_text(
        re.sub(r"<!-- table -->.*<!-- end -->", lambda _: filled, card.read_text(), flags=re.DOTALL)
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    run, folder, *engine_results = map(pathlib.Path, sys.argv[1:])
    complete(run, folder, engine_results)
