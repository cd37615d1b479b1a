// SPDX-License-Identifier: Apache-2.0
// How applications use @mlc-ai/web-llm, compiled against our package: only the import differs.
import * as webllm from '../../../../runtime/web/index.ts';

const initProgressCallback = (report: webllm.InitProgressReport) => {
  const { progress, timeElapsed, text, phase, bytes, total } = report;
  console.log(progress + timeElapsed + bytes + total, text, phase);
};

export async function page(): Promise<string | null> {
  const appConfig: webllm.AppConfig = {
    model_list: [
      {
        model: 'https://example.org/model/',
        model_id: 'model',
        model_lib: 'https://example.org/model.wasm',
        overrides: {
          context_window_size: -1,
          sliding_window_size: 2048,
          attention_sink_size: 4,
          temperature: 0.5,
        },
        vram_required_MB: 879.04,
        low_resource_required: true,
        buffer_size_required_bytes: 262144000,
        required_features: ['shader-f16'],
        model_type: webllm.ModelType.LLM,
        integrity: { config: 'sha256-abc', onFailure: 'warn' },
      },
      { model: './bundle/' },
    ],
    cacheBackend: 'opfs',
  };
  const engineConfig: webllm.MLCEngineConfig = {
    appConfig,
    initProgressCallback,
    logLevel: 'INFO',
    logitProcessorRegistry: new Map<string, webllm.LogitProcessor>(),
  };
  const chatOpts: webllm.ChatOptions = { repetition_penalty: 1.01, top_p: 0.9 };
  const engine: webllm.MLCEngineInterface = await webllm.CreateMLCEngine(
    ['model', './bundle/'],
    engineConfig,
    [chatOpts, {}],
  );
  engine.setInitProgressCallback(initProgressCallback);
  engine.setLogLevel('WARN');
  engine.setAppConfig(appConfig);
  await engine.reload('model', chatOpts);
  await engine.resetChat(true, 'model');
  engine.interruptGenerate();
  const id: number = await engine.forwardTokensAndSample([1, 2], true);
  const texts: string[] = [
    await engine.getMessage(),
    await engine.runtimeStatsText('model'),
    await engine.getGPUVendor(),
    String((await engine.getMaxStorageBufferBindingSize()) + id),
  ];
  console.log(texts, engine.getInitProgressCallback());
  const messages: webllm.ChatCompletionMessageParam[] = [
    { role: 'system', content: 'You are helpful.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }], name: 'Ann' },
  ];
  const reply = await engine.chat.completions.create({
    messages,
    temperature: 1,
    max_tokens: 256,
    logprobs: true,
    top_logprobs: 5,
    n: 2,
    logit_bias: { '46510': -100 },
    response_format: { type: 'json_object', schema: '{}' } as webllm.ResponseFormat,
    extra_body: { enable_thinking: false },
  });
  const usage: webllm.CompletionUsage = reply.usage;
  console.log(usage.extra.decode_tokens_per_s, reply.choices[0].logprobs?.content?.[0].bytes);
  await engine.unload();
  return reply.choices[0].message.content;
}

export async function streams(engine: webllm.MLCEngine): Promise<void> {
  const request: webllm.ChatCompletionRequest = {
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Hi' }],
    tools: [
      { type: 'function', function: { name: 'f', description: 'does f', parameters: {} } },
    ] satisfies webllm.ChatCompletionTool[],
    tool_choice: 'auto',
  };
  const chunks = (await engine.chat.completions.create(
    request,
  )) as AsyncIterable<webllm.ChatCompletionChunk>;
  for await (const chunk of chunks) {
    console.log(chunk.choices[0]?.delta.content ?? '', chunk.usage?.extra.prefill_tokens_per_s);
    const call: webllm.ToolCallDelta | undefined = chunk.choices[0]?.delta.tool_calls?.[0];
    console.log(call?.function?.name, call?.function?.arguments);
  }
  const stream = await engine.chatCompletion({ messages: request.messages, stream: true });
  for await (const { choices } of stream) console.log(choices[0]?.finish_reason);
  const text = await engine.completions.create({
    prompt: 'List 3 states: ',
    max_tokens: 9,
    echo: true,
  });
  console.log(text.choices[0].text);
  const vectors = await engine.embeddings.create({ input: ['a', 'b'], model: 'e' });
  console.log(vectors.data[0].embedding.length);
  engine.setLogitProcessorRegistry(new Map());
}

export async function workers(worker: Worker): Promise<webllm.MLCEngineInterface[]> {
  const handler = new webllm.WebWorkerMLCEngineHandler();
  self.onmessage = (message: MessageEvent) => handler.onmessage(message);
  new webllm.ServiceWorkerMLCEngineHandler();
  const config = { initProgressCallback };
  return [
    await webllm.CreateWebWorkerMLCEngine(worker, 'model', config, { temperature: 0.2 }),
    new webllm.WebWorkerMLCEngine(worker, config),
    await webllm.CreateServiceWorkerMLCEngine('model', config, undefined, 5000),
    new webllm.ServiceWorkerMLCEngine(config),
    await webllm.CreateExtensionServiceWorkerMLCEngine('model', {
      ...config,
      extensionId: 'abc',
      onDisconnect: () => {},
    }),
  ];
}

export function extension(port: webllm.ExtensionPort): void {
  const handler = new webllm.ExtensionServiceWorkerMLCEngineHandler(port);
  handler.setPort(port);
}

export async function storage(appConfig: webllm.AppConfig): Promise<boolean> {
  const there: boolean = await webllm.hasModelInCache('model', appConfig);
  await webllm.deleteModelAllInfoInCache('model', appConfig);
  await webllm.deleteModelInCache('model');
  await webllm.deleteChatConfigInCache('model');
  await webllm.deleteModelWasmInCache('model');
  const sri: boolean = webllm.isValidSRI('sha256-abc');
  const same = await webllm.verifyIntegrity(new ArrayBuffer(1), 'sha256-abc', 'url', 'warn');
  console.log(webllm.prebuiltAppConfig.model_list, webllm.modelVersion, webllm.modelLibURLPrefix);
  console.log(webllm.functionCallingModelIds.includes('model'));
  return there && sri && same;
}

export function told(error: unknown): string {
  if (error instanceof webllm.IntegrityError) return 'damaged';
  return error instanceof webllm.ContextOverflowError ? 'too long' : String(error);
}
