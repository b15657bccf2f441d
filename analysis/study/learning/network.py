"""A small network of TensorFlow's Keras: does a curved surface see more than the straight one of a regression?

Two narrow layers; of so few bars a larger one would learn the noise. It learns until the rows kept apart are judged no
better for `PATIENCE` rounds, and goes back to where they were judged best. Seeds are fixed and operations are
deterministic: the same rows give the same model on the same machine. A GPU is used where TensorFlow finds one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.batch.indicators import Floats

WIDE, NARROW = 16, 8
DROPPED = 0.2
PULL = 1e-3
"""Of the weights towards 0."""
RATE = 2e-3
BATCH = 512
ROUNDS, PATIENCE = 40, 4
SEED = 20


class Network:
    """A network over scaled features."""

    def __init__(self, model: keras.Model) -> None:
        self._model = model

    def odds(self, rows: Floats) -> Floats:
        """Return the log-odds of up."""
        said: Floats = self._model(tf.constant(rows, tf.float32), training=False).numpy()[:, 0].astype(np.float64)
        return said

    def save(self, path: Path) -> None:
        """Write a `.keras` file."""
        self._model.save(path)


def fit(
    rows: Floats, up: Floats, kept: Floats, kept_up: Floats, told: Callable[[int, float], None] | None = None
) -> Network:
    """Learn from scaled rows that came out `up` (1) or down (0), stopped by the rows kept apart.

    `told` is called after each round with its number and the log-loss of the rows kept apart.
    """
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = keras.Sequential(
        [
            keras.Input((rows.shape[1],)),
            keras.layers.Dense(WIDE, activation="relu", kernel_regularizer=keras.regularizers.L2(PULL)),
            keras.layers.Dropout(DROPPED),
            keras.layers.Dense(NARROW, activation="relu", kernel_regularizer=keras.regularizers.L2(PULL)),
            keras.layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), keras.losses.BinaryCrossentropy(from_logits=True))
    stop = keras.callbacks.EarlyStopping("val_loss", patience=PATIENCE, restore_best_weights=True)
    tell = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda number, logs: told(number + 1, logs["val_loss"]) if told else None
    )
    model.fit(
        rows.astype(np.float32),
        up.astype(np.float32)[:, np.newaxis],
        batch_size=BATCH,
        epochs=ROUNDS,
        validation_data=(kept.astype(np.float32), kept_up.astype(np.float32)[:, np.newaxis]),
        validation_batch_size=1 << 16,
        callbacks=[stop, tell],
        verbose=0,
    )
    return Network(model)


def load(path: Path) -> Network:
    """Read a `.keras` file."""
    return Network(keras.models.load_model(path, compile=False))


def device() -> str:
    """Say what it runs on."""
    graphics = tf.config.list_physical_devices("GPU")
    return f"{len(graphics)} GPU" if graphics else "CPU"
