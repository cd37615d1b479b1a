// SPDX-License-Identifier: Apache-2.0
// From the messages of a request to the ids of a prompt, by the model's own chat template; and what
// the template tells of how the model reasons and calls tools.
import { type ChatMessage, renderChat } from '../chat/chat_template.ts';
import { opensReasoning, type ToolFormat } from '../chat/tool_format.ts';
import { deriveToolFormat } from '../chat/tool_format_probe.ts';
import { BundleError, RequestError } from '../errors.ts';
import type { Tokenizer } from '../host/tokenizer.ts';
import type { Manifest } from '../load/manifest.ts';
import type { Model } from './model.ts';
import type { ChatCompletionRequest, TextPart } from './types.ts';

export interface ChatPrompt {
  ids: Uint32Array<ArrayBuffer>;
  format: ToolFormat;
  /** The answer starts inside the reasoning. */
  reasoningOpen: boolean;
}

export function chatPrompt(model: Model, request: ChatCompletionRequest): ChatPrompt {
  const { manifest } = model;
  const tokenizer = model.tokenizer();
  const tools = calledTools(request);
  const template = (tools && manifest.toolTemplate) ?? manifest.chatTemplate;
  if (template === undefined) {
    throw new BundleError(
      'this model has no chat template; use completions, or compile it from a folder that has one',
    );
  }
  const tokens = specialTokens(manifest, tokenizer);
  const messages = request.messages.map((message) => forTemplate(message, template));
  const text = render(template, messages, {
    ...tokens,
    add_generation_prompt: true,
    protect: (part) => tokenizer.guard(part),
    ...(tools && { tools: tools as unknown as Record<string, unknown>[] }),
    ...(request.documents && { documents: request.documents }),
    ...(request.enable_thinking != null && { enable_thinking: request.enable_thinking }),
    ...(request.reasoning_effort != null && { reasoning_effort: request.reasoning_effort }),
  });
  const format = formatOf(manifest, template, tokens);
  return {
    ids: tokenizer.encode(text, { guarded: true, addSpecial: false }),
    format: tools ? format : { ...format, calls: undefined },
    reasoningOpen: opensReasoning(format, text),
  };
}

/** The tools that the model may call; with tool_choice none it is not even told of them. */
export function calledTools(request: ChatCompletionRequest) {
  const { tools, tool_choice } = request;
  return tools?.length && tool_choice !== 'none' ? tools : undefined;
}

function render(...[template, messages, options]: Parameters<typeof renderChat>): string {
  try {
    return renderChat(template, messages, options);
  } catch (error) {
    throw new RequestError(
      `the model's chat template refuses these messages: ${(error as Error).message}`,
      'messages',
    );
  }
}

function forTemplate(message: ChatCompletionRequest['messages'][number], template: string) {
  // Only templates made for it know the role; before, it was called system.
  const role =
    message.role === 'developer' && !template.includes('developer') ? 'system' : message.role;
  const content = typeof message.content === 'string' ? message.content : joined(message.content);
  return { ...message, role, content } as ChatMessage;
}

/** Parts of text as one: templates of models that only read text want it so. */
function joined(parts: TextPart[] | null | undefined): string | null {
  if (!parts) return null;
  return parts
    .map((part) => part.text ?? (part as unknown as { refusal: string }).refusal)
    .join('');
}

interface SpecialTokens {
  bos_token: string;
  eos_token: string;
}

function specialTokens(
  { bosTokenIds, eosTokenIds }: Manifest,
  tokenizer: Tokenizer,
): SpecialTokens {
  const textOf = ([id]: number[]) => (id === undefined ? '' : tokenizer.textOf(id));
  return { bos_token: textOf(bosTokenIds), eos_token: textOf(eosTokenIds) };
}

const formats = new WeakMap<Manifest, Map<string, ToolFormat>>();

function formatOf(manifest: Manifest, template: string, tokens: SpecialTokens): ToolFormat {
  let ofModel = formats.get(manifest);
  if (!ofModel) formats.set(manifest, (ofModel = new Map()));
  let format = ofModel.get(template);
  if (!format) {
    const { toolFormat, responseTemplate } = manifest;
    format = deriveToolFormat(template, { ...tokens }, toolFormat, responseTemplate).format;
    ofModel.set(template, format);
  }
  return format;
}
