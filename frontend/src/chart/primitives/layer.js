/**
 * The one place that speaks the chart library's primitive interface: a layer arranges its things into shapes when the
 * view changes, paints the shapes, and finds one under the mouse.
 *
 * Shapes and hits are in CSS pixels from the pane's corner. `arrange` runs once a frame for what is in sight alone.
 */

/** @typedef {import('./scale.js').Scale} Scale */

/**
 * @template Shape
 * @typedef {object} Parts
 * @property {() => Scale | null} scale of this frame
 * @property {(scale: Scale) => Shape[]} arrange
 * @property {(context: CanvasRenderingContext2D, shapes: Shape[], size: { width: number, height: number }) => void} paint
 * @property {(shapes: Shape[], x: number, y: number) => Shape | null} [at] topmost shape under a point
 * @property {'bottom' | 'normal'} [zOrder] behind the candles, or over them
 * @property {boolean} [clickable] the mouse becomes a hand over it
 * @property {() => { coordinate: number, text: string }[]} [labels] on the time axis
 */

/**
 * @template Shape
 * @param {Parts<Shape>} parts
 */
export function createLayer({ scale, arrange, paint, at, zOrder = 'normal', clickable = false }) {
  /** @type {Shape[]} */
  let shapes = [];
  let visible = true;
  let update = () => {};
  const renderer = {
    /** @param {import('fancy-canvas').CanvasRenderingTarget2D} target */
    draw(target) {
      if (shapes.length > 0)
        target.useMediaCoordinateSpace(({ context, mediaSize }) => {
          context.save();
          paint(context, shapes, mediaSize);
          context.restore();
        });
    },
  };
  const views = [{ zOrder: () => zOrder, renderer: () => renderer }];

  return {
    /** What the library calls. */
    primitive: {
      /** @param {{ requestUpdate: () => void }} host */
      attached({ requestUpdate }) {
        update = requestUpdate;
      },
      updateAllViews() {
        const now = visible ? scale() : null;
        shapes = now ? arrange(now) : [];
      },
      paneViews: () => views,
      /**
       * @param {number} x
       * @param {number} y
       */
      hitTest(x, y) {
        if (!clickable || !at?.(shapes, x, y)) return null;
        return { externalId: 'mark', zOrder, cursorStyle: 'pointer', hitTestPriority: 2 };
      },
    },
    /** Paint again: what it shows has changed. */
    redraw: () => update(),
    /** @param {boolean} shown */
    show(shown) {
      if (visible === shown) return;
      visible = shown;
      update();
    },
    /**
     * The shape under a point, if the layer is shown.
     * @param {number} x
     * @param {number} y
     */
    at: (x, y) => at?.(shapes, x, y) ?? null,
    /** What was painted last. */
    shapes: () => shapes,
  };
}

/**
 * @template Shape
 * @typedef {ReturnType<typeof createLayer<Shape>>} Layer
 */
