"""A digit classifier in plain framework code: load, build, train, test, save. No Trainer, nothing hidden.

    python examples/digits_mlp.py
"""

import argparse
import time

import tinygrad_nn as tg
import tinygrad_nn.nn.functional as F
from tinygrad_nn import nn, optim
from tinygrad_nn.data import ArrayDataset, DataLoader, load_digits
from tinygrad_nn.interop import save_file

parser = argparse.ArgumentParser(description="Train a digit classifier.")
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--device", default="cpu", help="cpu, cuda, ...")
parser.add_argument("--out", default="digits_mlp.safetensors", help="where to save the weights")
args = parser.parse_args()
tg.manual_seed(0)

# 8x8 pixels from 0 to 1, and the digits they show
images, labels = load_digits("train")  # (1433, 1, 8, 8), (1433,)
test_images, test_labels = (tg.asarray(array, device=args.device) for array in load_digits("test"))
loader = DataLoader(ArrayDataset(images, labels), batch_size=64, shuffle=True, device=args.device)

model = nn.Sequential(
    nn.Flatten(),  # (N, 1, 8, 8) -> (N, 64)
    nn.Linear(64, 256), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(256, 128), nn.ReLU(), nn.Dropout(0.3),
    nn.Linear(128, 10),
).to(args.device)  # fmt: skip
optimizer = optim.Adam(model.parameters(), lr=2e-3)
scheduler = optim.CosineAnnealingLR(optimizer, args.epochs)
start = time.perf_counter()

for epoch in range(1, args.epochs + 1):
    model.train()
    total = 0.0
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
    scheduler.step()
    print(f"epoch {epoch:2}/{args.epochs}: loss {total / len(images):.4f}")

model.eval()
with tg.no_grad():
    predictions = model(test_images).argmax(axis=1)
accuracy = (predictions == test_labels).astype(tg.float32).mean().item()
print(f"test accuracy {100 * accuracy:.2f} % after {time.perf_counter() - start:.1f} s")
save_file(model.state_dict(), args.out)
print(f"wrote {args.out}")
