/**
 * The strategy's parameters as a form. A changed one is marked and says what the bot has; what cannot be is said at its
 * field and not asked for.
 */

import { make, say } from '../dom.js';
import { groupsOf, idleBecause, limitsOf, readText, settled, showValue, titleOf, withValue } from './inputs.js';

/** @typedef {import('./inputs.js').Parameter} Parameter */
/** @typedef {import('./inputs.js').Values} Values */

/**
 * @param {HTMLElement} element
 * @param {readonly Parameter[]} parameters
 * @param {Values} current what the bot runs with
 * @param {import('nanostores').WritableAtom<Values>} tried those that differ
 */
export function mountForm(element, parameters, current, tried) {
  const fields = parameters.map((parameter) => mountField(parameter, current, tried));
  const byName = new Map(fields.map((field, index) => [parameters[index].name, field]));
  element.append(
    ...groupsOf(parameters).map(({ title, members }) =>
      make(
        'fieldset',
        {},
        make('legend', {}, title),
        ...members.flatMap(({ name }) => byName.get(name)?.element ?? []),
      ),
    ),
  );
  const stop = tried.subscribe((values) => {
    for (const field of fields) field.show(values);
  });
  return {
    /**
     * Say at its field what the server refuses; false when there is no such field.
     * @param {string | null} name
     * @param {string} problem
     */
    refuse(name, problem) {
      byName.get(name ?? '')?.refuse(problem);
      return byName.has(name ?? '');
    },
    /** Whether a field says something that cannot be. */
    wrong: () => fields.some((field) => field.wrong()),
    /** Let go of what was typed and cannot be. */
    forget() {
      for (const field of fields) field.forget();
      for (const field of fields) field.show(tried.get());
    },
    dispose() {
      stop();
      element.replaceChildren();
    },
  };
}

/**
 * @param {Parameter} parameter
 * @param {Values} current
 * @param {import('nanostores').WritableAtom<Values>} tried
 */
function mountField(parameter, current, tried) {
  const { name, kind, unit, help } = parameter;
  const id = `parameter-${name}`;
  const input = inputFor(parameter, current[name], id);
  const problem = make('p', { class: 'field-problem', id: `${id}-problem`, role: 'alert', hidden: true });
  const idle = make('p', { class: 'field-idle', id: `${id}-idle`, hidden: true });
  const back = make('button', {
    type: 'button',
    class: 'quiet field-back',
    title: 'Back to what the bot has',
    click: () => take(current[name]),
  });
  const element = make(
    'div',
    { class: `field ${kind}`, 'data-parameter': name },
    make(
      'label',
      { for: id, title: [help, limitsOf(parameter) && `Allowed: ${limitsOf(parameter)}.`].filter(Boolean).join(' ') },
      titleOf(name),
      ...(unit ? [make('small', {}, ` ${unit}`)] : []),
    ),
    input,
    back,
    idle,
    problem,
  );
  input.setAttribute('aria-describedby', `${idle.id} ${problem.id}`);
  input.addEventListener(input instanceof HTMLInputElement && kind !== 'flag' ? 'input' : 'change', read);
  input.addEventListener('blur', () => show(tried.get()));
  /** What is typed cannot be, and stays until it is mended. */
  let wrong = false;

  function read() {
    if (input instanceof HTMLInputElement && kind === 'flag') {
      take(input.checked);
      return;
    }
    const said = readText(parameter, input.value);
    wrong = 'problem' in said;
    if ('problem' in said) refuse(said.problem);
    else take(said.value);
  }

  /** @param {unknown} value */
  function take(value) {
    wrong = false;
    refuse('');
    tried.set(withValue(tried.get(), current, name, value));
  }

  /** @param {string} text */
  function refuse(text) {
    say(problem, text);
    problem.hidden = text === '';
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }

  /** @param {Values} values */
  function show(values) {
    const changed = name in values;
    const value = settled(current, values)[name];
    element.classList.toggle('changed', changed);
    back.hidden = !changed;
    say(back, changed ? `bot: ${showValue(current[name])} \u21ba` : '');
    const because = idleBecause(name, settled(current, values));
    element.classList.toggle('idle', because !== null);
    idle.hidden = because === null;
    say(idle, because ?? '');
    if (wrong) return;
    refuse('');
    if (kind === 'flag') /** @type {HTMLInputElement} */ (input).checked = value === true;
    else if (document.activeElement !== input || kind === 'choice') input.value = String(value);
  }

  return {
    element,
    refuse,
    show,
    wrong: () => wrong,
    forget() {
      wrong = false;
      refuse('');
    },
  };
}

/**
 * @param {Parameter} parameter
 * @param {unknown} value
 * @param {string} id
 */
function inputFor({ kind, choices, minimum, maximum, exclusive }, value, id) {
  if (kind === 'flag') return make('input', { type: 'checkbox', role: 'switch', id });
  if (kind === 'choice') {
    const all = [...new Set([...(choices ?? []), String(value)])];
    return make('select', { id }, ...all.map((choice) => make('option', { value: choice }, choice)));
  }
  return make('input', {
    type: 'number',
    id,
    step: kind === 'integer' ? '1' : 'any',
    inputmode: kind === 'integer' ? 'numeric' : 'decimal',
    autocomplete: 'off',
    ...(minimum === null || exclusive ? {} : { min: String(minimum) }),
    ...(maximum === null || exclusive ? {} : { max: String(maximum) }),
  });
}
