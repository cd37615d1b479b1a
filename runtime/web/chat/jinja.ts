// SPDX-License-Identifier: Apache-2.0
// Jinja as Python runs it. @huggingface/jinja parses templates and evaluates most of them as Jinja2
// does; what it refuses or prints otherwise is evaluated here: loops and filters over undefined
// values, None and True in output, equality by value, arguments of str.strip, the tests and filters
// that it lacks.
//
//   new JinjaTemplate('{% for t in tools %}{{ t }}{% endfor %}{{ a }}').render({ a: null })  // "None"
import { Environment, Interpreter, Template } from '@huggingface/jinja';

interface Node {
  type: string;
  [field: string]: unknown;
}

interface Value {
  type: string;
  value: unknown;
  __bool__(): Value;
  toString(): string;
}

/** What the interpreter is made of; its own type hides most of it. */
interface Evaluator {
  evaluate(node: Node | undefined, scope: Environment): Value;
  evaluateBlock(body: Node[], scope: Environment): Value;
  evaluateArguments(nodes: Node[], scope: Environment): [Value[], Map<string, Value>];
}

const Base = Interpreter as unknown as new (scope: Environment) => Evaluator;

const valueOf = (plain: unknown) => new Environment().set('value', plain) as Value;
const ListValue = valueOf([]).constructor as new (items: Value[]) => Value;
const list = (items: Value[]) => new ListValue(items);
const text = (value: string) => valueOf(value);

const isList = (value: Value) => value instanceof ListValue;
const isText = (value: Value) => value.type === 'StringValue';
const isUndefined = (value: Value) => value.type === 'UndefinedValue';
const isNone = (value: Value) => value.type === 'NullValue';
const isMapping = (value: Value) =>
  value.type === 'ObjectValue' || value.type === 'KeywordArgumentsValue';
const isTrue = (value: Value) => value.__bool__().value as boolean;
const isNumber = (value: Value) =>
  value.type === 'IntegerValue' || value.type === 'FloatValue' || value.type === 'BooleanValue';
const itemsOf = (value: Value) => value.value as Value[];
const entriesOf = (value: Value) => value.value as Map<string, Value>;

/** Statements give null, which is not printed; expressions that are none print None. */
const statements = new Set(['Set', 'Macro', 'Comment', 'If', 'For', 'Break', 'Continue']);

/** Texts of the filter `safe`: joined with others, which are escaped for HTML. */
const safeTexts = new WeakSet<Value>();

const htmlNames: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function escapeHtml(value: Value): string {
  const plain = str(value);
  return safeTexts.has(value) ? plain : plain.replace(/[&<>"']/g, (sign) => htmlNames[sign]);
}

function reprText(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replace(/[\\\n\r\t]/g, (sign) =>
    sign === '\\' ? '\\\\' : sign === '\n' ? '\\n' : sign === '\r' ? '\\r' : '\\t',
  );
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** Python's repr(). */
function repr(value: Value): string {
  if (isText(value)) return reprText(value.value as string);
  if (value.type === 'TupleValue') {
    const items = itemsOf(value).map(repr);
    return items.length === 1 ? `(${items[0]},)` : `(${items.join(', ')})`;
  }
  if (isList(value)) return `[${itemsOf(value).map(repr).join(', ')}]`;
  if (!isMapping(value)) return str(value);
  const pairs = Array.from(entriesOf(value), ([key, item]) => `${reprText(key)}: ${repr(item)}`);
  return `{${pairs.join(', ')}}`;
}

/** Python's str(), which is what templates print. */
function str(value: Value): string {
  if (isText(value)) return value.value as string;
  if (isUndefined(value)) return '';
  if (isNone(value)) return 'None';
  if (value.type === 'BooleanValue') return value.value ? 'True' : 'False';
  if (isList(value) || isMapping(value)) return repr(value);
  return value.toString();
}

function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return Number(a.value) === Number(b.value);
  if (isList(a) && isList(b)) {
    const [one, other] = [itemsOf(a), itemsOf(b)];
    return one.length === other.length && one.every((item, i) => equal(item, other[i]));
  }
  if (isMapping(a) && isMapping(b)) {
    const [one, other] = [entriesOf(a), entriesOf(b)];
    return (
      one.size === other.size &&
      Array.from(one).every(([key, item]) => other.has(key) && equal(item, other.get(key)!))
    );
  }
  return a.type === b.type && a.value === b.value;
}

/** What Python iterates over; none where it refuses to. */
function iterate(value: Value): Value[] | undefined {
  if (isUndefined(value)) return [];
  if (isList(value)) return itemsOf(value);
  if (isText(value)) return Array.from(value.value as string, text);
  return isMapping(value) ? Array.from(entriesOf(value).keys(), text) : undefined;
}

function contains(container: Value, item: Value): boolean {
  if (isText(container)) return (container.value as string).includes(str(item));
  return (iterate(container) ?? []).some((other) => equal(other, item));
}

/** A node that stands for its value. */
function evaluated(value: Value): Node {
  return { type: 'Evaluated', value };
}

type Test = (value: Value, ...args: Value[]) => boolean;
const compare = (holds: (order: number) => boolean): Test => {
  return (a, b) => {
    const [left, right] = [a.value as number | string, b.value as number | string];
    return holds(left < right ? -1 : left > right ? 1 : 0);
  };
};

/** Tests that the library lacks or sees otherwise. */
const tests: Record<string, Test> = {
  in: (value, container) => contains(container, value),
  eq: equal,
  equalto: equal,
  ne: (a, b) => !equal(a, b),
  sameas: equal,
  lt: compare((order) => order < 0),
  le: compare((order) => order <= 0),
  gt: compare((order) => order > 0),
  ge: compare((order) => order >= 0),
  divisibleby: (value, by) => Number(value.value) % Number(by.value) === 0,
  iterable: (value) => iterate(value) !== undefined,
  float: (value) => value.type === 'FloatValue',
};

type Method = (self: string, args: Value[]) => unknown;
const sides = (left: boolean, right: boolean): Method => {
  return (self, [signs]) => {
    const strip = new Set(signs ? Array.from(str(signs)) : ' \t\n\r\v\f');
    let [from, to] = [0, self.length];
    while (left && from < to && strip.has(self[from])) from++;
    while (right && to > from && strip.has(self[to - 1])) to--;
    return self.slice(from, to);
  };
};

/** Methods of str that the library lacks, or whose arguments it ignores. */
const textMethods: Record<string, Method> = {
  strip: sides(true, true),
  lstrip: sides(true, false),
  rstrip: sides(false, true),
  join: (self, [parts]) => (iterate(parts) ?? []).map(str).join(self),
  find: (self, [part]) => self.indexOf(str(part)),
  rfind: (self, [part]) => self.lastIndexOf(str(part)),
  count: (self, [part]) => self.split(str(part)).length - 1,
  isdigit: (self) => /^\p{Nd}+$/u.test(self),
  isalpha: (self) => /^\p{L}+$/u.test(self),
  isspace: (self) => /^\s+$/u.test(self),
  splitlines: (self) => (self === '' ? [] : self.replace(/\r?\n$/, '').split(/\r?\n/)),
  removeprefix: (self, [part]) =>
    self.startsWith(str(part)) ? self.slice(str(part).length) : self,
  removesuffix: (self, [part]) =>
    part && str(part) && self.endsWith(str(part)) ? self.slice(0, -str(part).length) : self,
};

class PythonInterpreter extends Base {
  override evaluate(node: Node | undefined, scope: Environment): Value {
    switch (node?.type) {
      case 'Evaluated':
        return node.value as Value;
      case 'For':
        return super.evaluate(this.withIterable(node, scope), scope);
      case 'FilterExpression':
        return this.evaluateFilter(node, scope) ?? super.evaluate(node, scope);
      case 'TestExpression':
        return this.evaluateTest(node, scope) ?? super.evaluate(node, scope);
      case 'CallExpression':
        return this.evaluateMethod(node, scope) ?? super.evaluate(node, scope);
      case 'BinaryExpression':
        return this.evaluateBinary(node, scope);
      case 'MemberExpression':
        return this.evaluateMember(node, scope);
      default:
        return super.evaluate(node, scope);
    }
  }

  override evaluateBlock(body: Node[], scope: Environment): Value {
    let result = '';
    for (const node of body) {
      const value = this.evaluate(node, scope);
      if (!(isNone(value) && statements.has(node.type))) result += str(value);
    }
    return text(result);
  }

  /** The loop with its iterable as a list: of characters, of keys, empty. None counts as empty. */
  private withIterable(node: Node, scope: Environment): Node {
    const iterable = node.iterable as Node;
    const select = iterable.type === 'SelectExpression';
    const source = this.evaluate(select ? (iterable.lhs as Node) : iterable, scope);
    let items = isNone(source) ? [] : iterate(source);
    if (!items) throw new Error(`${source.type} is not iterable`);
    const unpacks = (node.loopvar as Node).type === 'TupleLiteral';
    if (unpacks) items = items.map((item) => list(iterate(item) ?? []));
    const all = evaluated(list(items));
    return { ...node, iterable: select ? { ...iterable, lhs: all } : all };
  }

  private evaluateFilter(node: Node, scope: Environment): Value | undefined {
    const filter = node.filter as Node;
    const name = (filter.type === 'Identifier' ? filter : (filter.callee as Node)).value as string;
    const operand = this.evaluate(node.operand as Node, scope);
    const [args, named] =
      filter.type === 'Identifier'
        ? [[], new Map<string, Value>()]
        : this.evaluateArguments(filter.args as Node[], scope);
    const result = this.pythonFilter(name, operand, args, named, scope);
    if (result) return result;
    // Evaluated once only: the library goes on with the value.
    return super.evaluate({ ...node, operand: evaluated(operand) }, scope);
  }

  private pythonFilter(
    name: string,
    operand: Value,
    args: Value[],
    named: Map<string, Value>,
    scope: Environment,
  ): Value | undefined {
    const nothing = isUndefined(operand) || isNone(operand);
    switch (name) {
      case 'safe': {
        const value = text(str(operand));
        safeTexts.add(value);
        return value;
      }
      case 'string':
        return text(str(operand));
      case 'trim':
        return text(sides(true, true)(str(operand), args) as string);
      case 'list':
        return list([...this.iterated(name, operand)]);
      case 'count':
      case 'length':
        if (isText(operand)) return valueOf(Array.from(operand.value as string).length);
        return isUndefined(operand)
          ? valueOf(0)
          : name === 'count'
            ? valueOf(this.iterated(name, operand).length)
            : undefined;
      case 'items':
        return isUndefined(operand) ? list([]) : undefined;
      case 'first':
      case 'last': {
        const items = this.iterated(name, operand);
        return (name === 'first' ? items[0] : items.at(-1)) ?? valueOf(undefined);
      }
      case 'join': {
        const attribute = args[1] ?? named.get('attribute');
        const parts = this.iterated(name, operand);
        const values = attribute ? parts.map((part) => attributeOf(part, str(attribute))) : parts;
        return text(values.map(str).join(args[0] ? str(args[0]) : str(named.get('d') ?? text(''))));
      }
      case 'map':
        return this.map(nothing ? [] : this.iterated(name, operand), args, named, scope);
      case 'select':
      case 'reject':
      case 'selectattr':
      case 'rejectattr':
        return this.select(name, nothing ? [] : this.iterated(name, operand), args, scope);
      case 'upper':
      case 'lower':
      case 'title':
      case 'capitalize':
      case 'replace':
      case 'indent':
        return isText(operand)
          ? undefined
          : this.libraryFilter(name, text(str(operand)), args, named, scope);
      default:
        return undefined;
    }
  }

  /** A filter of the library, with values instead of nodes. */
  private libraryFilter(
    name: string,
    operand: Value,
    args: Value[],
    named: Map<string, Value>,
    scope: Environment,
  ): Value {
    const callee = { type: 'Identifier', value: name };
    const keywords = Array.from(named, ([key, value]) => ({
      type: 'KeywordArgumentExpression',
      key: { type: 'Identifier', value: key },
      value: evaluated(value),
    }));
    const all = [...args.map(evaluated), ...keywords];
    const filter = all.length > 0 ? { type: 'CallExpression', callee, args: all } : callee;
    const node = { type: 'FilterExpression', operand: evaluated(operand), filter };
    return super.evaluate(node, scope);
  }

  private iterated(filter: string, value: Value): Value[] {
    const items = iterate(value);
    if (!items) throw new Error(`${filter} cannot iterate over ${value.type}`);
    return items;
  }

  private map(items: Value[], args: Value[], named: Map<string, Value>, scope: Environment): Value {
    const attribute = named.get('attribute');
    if (!attribute) {
      const [filter, ...rest] = args;
      const name = str(filter);
      return list(
        items.map(
          (item) =>
            this.pythonFilter(name, item, rest, named, scope) ??
            this.libraryFilter(name, item, rest, named, scope),
        ),
      );
    }
    const missing = named.get('default');
    return list(
      items.map((item) => {
        const value = attributeOf(item, str(attribute));
        return missing && isUndefined(value) ? missing : value;
      }),
    );
  }

  private select(name: string, items: Value[], args: Value[], scope: Environment): Value {
    const byAttribute = name.endsWith('attr');
    const [attribute, rest] = byAttribute ? [str(args[0]), args.slice(1)] : ['', args];
    const keep = name.startsWith('select');
    const holds = (item: Value) => {
      const value = byAttribute ? attributeOf(item, attribute) : item;
      if (rest.length === 0) return isTrue(value);
      return this.test(str(rest[0]), value, rest.slice(1), scope);
    };
    return list(items.filter((item) => holds(item) === keep));
  }

  private test(name: string, value: Value, args: Value[], scope: Environment): boolean {
    const own = tests[name];
    if (own) return own(value, ...args);
    const node = {
      type: 'TestExpression',
      operand: evaluated(value),
      negate: false,
      test: { type: 'Identifier', value: name },
    };
    return super.evaluate(node, scope).value as boolean;
  }

  private evaluateTest(node: Node, scope: Environment): Value | undefined {
    const own = tests[(node.test as Node).value as string];
    if (!own || own.length > 1) return undefined;
    return valueOf(own(this.evaluate(node.operand as Node, scope)) !== node.negate);
  }

  /** A mapping has no keys but texts. */
  private evaluateMember(node: Node, scope: Environment): Value {
    const property = node.property as Node;
    if (!node.computed || property.type === 'SliceExpression') return super.evaluate(node, scope);
    const [object, key] = [node.object as Node, property].map((part) => this.evaluate(part, scope));
    if (isMapping(object) && !isText(key)) return valueOf(undefined);
    return super.evaluate({ ...node, object: evaluated(object), property: evaluated(key) }, scope);
  }

  /** A method of a text, if it is one of those above. */
  private evaluateMethod(node: Node, scope: Environment): Value | undefined {
    const callee = node.callee as Node;
    if (callee.type !== 'MemberExpression' || callee.computed) return undefined;
    const name = (callee.property as Node).value as string;
    if (!Object.hasOwn(textMethods, name)) return undefined;
    const self = this.evaluate(callee.object as Node, scope);
    if (!isText(self)) return undefined;
    const [args] = this.evaluateArguments(node.args as Node[], scope);
    return valueOf(textMethods[name](self.value as string, args));
  }

  private evaluateBinary(node: Node, scope: Environment): Value {
    const operator = (node.operator as Node).value as string;
    if (operator === 'and' || operator === 'or') return super.evaluate(node, scope);
    const left = this.evaluate(node.left as Node, scope);
    const right = this.evaluate(node.right as Node, scope);
    if (operator === '==' || operator === '!=') {
      return valueOf(equal(left, right) === (operator === '=='));
    }
    if (operator === '~') return text(str(left) + str(right));
    if (operator === '+' && (safeTexts.has(left) || safeTexts.has(right))) {
      const joined = text(escapeHtml(left) + escapeHtml(right));
      safeTexts.add(joined);
      return joined;
    }
    if (operator === '+' && isText(left) && (isMapping(right) || isList(right))) {
      // Python refuses. Templates that do so want the arguments of a call as JSON text.
      return text(str(left) + str(this.libraryFilter('tojson', right, [], new Map(), scope)));
    }
    if ((operator === 'in' || operator === 'not in') && isList(right)) {
      return valueOf(contains(right, left) === (operator === 'in'));
    }
    return super.evaluate({ ...node, left: evaluated(left), right: evaluated(right) }, scope);
  }
}

function attributeOf(value: Value, path: string): Value {
  let found = value;
  for (const part of path.split('.')) {
    const map = found.value instanceof Map ? (found.value as Map<string, Value>) : undefined;
    found = (isList(found) ? itemsOf(found)[Number(part)] : map?.get(part)) ?? valueOf(undefined);
  }
  return found;
}

/** Python's range(). */
function range(first: number, last?: number, step = 1): number[] {
  const [from, to] = last === undefined ? [0, first] : [first, last];
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, i) => from + i * step);
}

export class JinjaTemplate {
  private readonly program: Node;

  /** Throws a SyntaxError where the text is no template. */
  constructor(source: string) {
    this.program = new Template(source).parsed as unknown as Node;
  }

  /** Throws what the template raises, and where Jinja2 would not render it either. */
  render(context: Record<string, unknown>): string {
    const scope = new Environment();
    const constants = {
      true: true,
      false: false,
      none: null,
      True: true,
      False: false,
      None: null,
    };
    for (const [name, value] of Object.entries({ ...constants, range, ...context })) {
      if (!scope.variables.has(name)) scope.set(name, value);
    }
    return new PythonInterpreter(scope).evaluate(this.program, scope).value as string;
  }
}
