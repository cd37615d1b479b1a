// SPDX-License-Identifier: Apache-2.0
// The only file that knows CLI11.
#include "compiler/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>

#include "compiler/help.h"
#include "compiler/spelling.h"

namespace compiler {
namespace {

// What CLI11 fills in, before it is made into Options.
struct Raw {
  Options options;
  std::string input, output, model, reference, quantization, engine = "graph", prompt;
  std::string print_changed, dump_dir;
  std::vector<std::string> weight_rules;
  std::uint32_t context = 0;
};

void add_input(CLI::App& app, std::string& path, const char* name, const char* sentence) {
  app.add_option(name, path, sentence)->required()->option_text(" ");
}

void add_json(CLI::App& app, Raw& raw) {
  app.add_flag("--json", raw.options.json, "Print the result as one JSON value, no progress");
}

void add_quantization(CLI::App& app, Raw& raw, const char* sentence) {
  std::vector<std::string> names;
  for (const Quantization& row : kQuantizations) names.emplace_back(row.name);
  app.add_option("-q,--quantization", raw.quantization, sentence)
      ->option_text("NAME")
      ->check(CLI::IsMember(std::move(names)));
  app.add_option("--quantize", raw.weight_rules,
                 "Store the matrices that a pattern names otherwise: 'lm_head=q8f16_1'")
      ->option_text("PATTERN=NAME,...")
      ->delimiter(',')
      ->allow_extra_args(false);
}

void add_context(CLI::App& app, Raw& raw) {
  app.add_option("--context", raw.context,
                 "Longest text in tokens: a cap, memory grows as it is used")
      ->option_text("TOKENS")
      ->check(CLI::Range(1U, 1U << 24));
}

void add_prompt(CLI::App& app, Raw& raw) {
  CLI::Option* text =
      app.add_option("--prompt", raw.prompt, "Text to continue (default: none, BOS alone)")
          ->option_text("TEXT");
  app.add_option("--prompt-ids", raw.options.prompt_ids, "The same as token ids, taken as they are")
      ->option_text("ID,...")
      ->delimiter(',')
      ->excludes(text);
  app.add_option("--max-tokens", raw.options.max_tokens, "At most so many new tokens (default: 64)")
      ->option_text("N");
}

void add_passes(CLI::App& app, Raw& raw) {
  Options& options = raw.options;
  app.add_option("--passes", options.passes,
                 "Run only these optional passes; no-NAME leaves one out; list shows all")
      ->option_text("NAME,...")
      ->delimiter(',')
      ->group("Passes");
  app.add_option("--stop-after", options.stop_after,
                 "Print the text after this pass (or `build`) and write no bundle")
      ->option_text("NAME")
      ->group("Passes");
  app.add_option("--print-after", options.print_after, "Print the text after these passes")
      ->option_text("NAME,...")
      ->delimiter(',')
      ->group("Passes");
  app.add_option("--print-changed", raw.print_changed,
                 "Print what each pass changed: diff (default) or whole")
      ->option_text("[MODE]")
      ->expected(0, 1)
      ->default_str("diff")
      ->check(CLI::IsMember({"diff", "whole"}))
      ->group("Passes");
  app.add_option("--dump-dir", raw.dump_dir,
                 "Write the text after every pass, and the shaders, as numbered files")
      ->option_text("DIR")
      ->group("Passes");
  app.add_flag("--verify-each", options.verify_each,
               "Check the laws after each pass; a broken one leaves a reproducer")
      ->group("Passes");
  app.add_flag("--time-passes", options.time_passes, "Print how long each pass took")
      ->group("Passes");
}

void add_compile(CLI::App& app, Raw& raw) {
  app.add_option("model-dir", raw.input,
                 "A folder with config.json and *.safetensors; or a *.graph or *.kernel")
      ->option_text(" ");
  app.add_option("-o,--output", raw.output, "Folder to write (default: MODEL-QUANTIZATION)")
      ->option_text("DIR");
  add_quantization(app, raw, "How weights are stored (default: q4f16_1)");
  add_context(app, raw);
  app.add_option("--weights", raw.model, "The model folder whose weights a *.graph names")
      ->option_text("DIR");
  app.add_option("--threads", raw.options.threads, "Threads that convert weights (default: cores)")
      ->option_text("N")
      ->check(CLI::Range(1U, 1024U));
  CLI::Option* weights_only = app.add_flag("--weights-only", raw.options.weights_only,
                                           "Convert weights for code that was compiled before");
  CLI::Option* library =
      app.add_option("--library", raw.options.library, "The bundle that has it: folder or http://")
          ->option_text("PLACE")
          ->needs(weights_only);
  weights_only->needs(library);
  app.add_flag("--errors", raw.options.measure_errors,
               "Measure what each tensor loses by its encoding, and report it");
  add_json(app, raw);
  add_passes(app, raw);
}

void add_inspect(CLI::App& app, Raw& raw) {
  add_input(app, raw.input, "path", "A model folder or a bundle");
  add_context(app, raw);
  add_json(app, raw);
}

void add_check(CLI::App& app, Raw& raw) {
  add_input(app, raw.input, "bundle", "The bundle");
  app.add_option("--against", raw.reference, "The model folder whose weights it should hold")
      ->option_text("DIR");
  add_json(app, raw);
}

void add_eval(CLI::App& app, Raw& raw) {
  add_input(app, raw.input, "model-dir", "The model folder");
  add_prompt(app, raw);
  app.add_flag("--ignore-eos", raw.options.ignore_eos, "Go on after the end of a text");
  app.add_flag("--logits", raw.options.logits, "Give the logits after the last prompt token");
  add_quantization(app, raw, "Weights as this quantization stores them (default: q0f32)");
  app.add_option("--engine", raw.engine,
                 "graph: the reference (default); kernels: what was compiled")
      ->option_text("NAME")
      ->check(CLI::IsMember({"graph", "kernels"}));
  app.add_option("--chunk", raw.options.chunk, "Prompt tokens per pass (default: all that fit)")
      ->option_text("N")
      ->check(CLI::Range(1U, 1U << 20));
  app.add_option("--sliding-window", raw.options.sliding_window,
                 "Attend to so many tokens, dropping the oldest in pages of 64")
      ->option_text("N")
      ->check(CLI::Range(1U, 1U << 20));
  app.add_option("--attention-sink", raw.options.attention_sink,
                 "Of these, keep the first ones (default: 4, in whole pages)")
      ->option_text("N")
      ->check(CLI::Range(0U, 1U << 20));
  add_context(app, raw);
  add_json(app, raw);
}

void add_compare(CLI::App& app, Raw& raw) {
  add_input(app, raw.input, "bundle", "The bundle");
  add_input(app, raw.reference, "model-dir", "The model folder it was made from");
  add_prompt(app, raw);
  add_json(app, raw);
}

void add_serve(CLI::App& app, Raw& raw) {
  add_input(app, raw.input, "bundle", "The bundle");
  app.add_option("--port", raw.options.port,
                 "Port to listen on (default: 8080); 0: one that is free")
      ->option_text("N");
}

struct Subcommand {
  Command command;
  const char* name;
  const char* sentence;
  void (*add_options)(CLI::App&, Raw&);
};
constexpr std::array kSubcommands = {
    Subcommand{Command::inspect, "inspect", "Show what a model or a bundle holds and needs",
               add_inspect},
    Subcommand{Command::check, "check", "Verify the files of a bundle, and its weights by a model",
               add_check},
    Subcommand{Command::eval, "eval", "Continue a text on the CPU: the reference, greedy, no GPU",
               add_eval},
    Subcommand{Command::compare, "compare",
               "Find the first value where a bundle's kernels leave the reference", add_compare},
    Subcommand{Command::serve, "serve", "Serve a bundle to browsers on this machine, with a page",
               add_serve},
};

ir::Diagnostic bad_usage(std::string message, std::string help) {
  return {.kind = ir::DiagnosticKind::bad_usage,
          .message = std::move(message),
          .help = std::move(help)};
}

// CLI11's message as one sentence of ours.
std::string sentence_of(const CLI::ParseError& error) {
  std::string text = error.what();
  while (!text.empty() && (text.back() == '\n' || text.back() == '.')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  const bool acronym = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1])) != 0;
  if (!text.empty() && !acronym)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// Words that no option took, and what may have been meant.
ir::Diagnostic unexpected(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const CLI::App& used = chosen.empty() ? app : *chosen.front();
  const std::vector<std::string> extras = used.remaining();
  std::string word = extras.empty() ? std::string() : extras.front();
  word.resize(std::min(word.size(), word.find('=')));
  if (!word.starts_with("-"))
    return bad_usage(fmt::format("\"{}\" is one path too many", word),
                     "webllm-compile --help shows what goes where");
  std::vector<std::string> names;
  for (const CLI::Option* option : used.get_options())
    if (option->nonpositional()) names.push_back("--" + option->get_single_name());
  const std::string meant = nearest(word, names);
  return bad_usage(fmt::format("there is no option {}", word),
                   meant.empty() ? "webllm-compile --help shows all options"
                                 : fmt::format("did you mean {}?", meant));
}

ir::Result<Options> finished(Raw raw, const CLI::App& app) {
  Options options = std::move(raw.options);
  for (const Subcommand& row : kSubcommands)
    if (app.got_subcommand(row.name)) options.command = row.command;
  if (raw.quantization.empty())
    raw.quantization = options.command == Command::eval ? "q0f32" : "q4f16_1";
  options.quantization = quantization_named(raw.quantization);
  for (const std::string& text : raw.weight_rules) {
    TRY(WeightRule rule, parse_weight_rule(text));
    options.weight_rules.push_back(std::move(rule));
  }
  options.input = raw.input;
  options.model = raw.model.empty() ? std::nullopt : std::optional(raw.model);
  options.output = raw.output.empty() ? std::nullopt : std::optional(raw.output);
  options.context = raw.context == 0 ? std::nullopt : std::optional(raw.context);
  options.reference = raw.reference;
  if (!raw.dump_dir.empty()) options.dump_dir = raw.dump_dir;
  options.print_changed = raw.print_changed.empty()     ? PrintChanged::no
                          : raw.print_changed == "diff" ? PrintChanged::difference
                                                        : PrintChanged::whole;
  options.prompt = raw.prompt;
  options.engine = raw.engine == "kernels" ? Engine::kernels : Engine::graph;
  options.list_passes = options.passes == std::vector<std::string>{"list"};
  if (options.input.empty() && !options.list_passes)
    return bad_usage("no model folder was named", "webllm-compile --help shows what there is");
  return options;
}

}  // namespace

ir::Result<ParsedCommandLine> parse_command_line(std::span<const char* const> arguments) {
  CLI::App app{
      "webllm-compile makes a Hugging Face model folder into a bundle that browsers run on "
      "WebGPU.",
      "webllm-compile"};
  app.set_version_flag("--version", "webllm-compile " WEBLLM_VERSION, "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  app.footer(help_footer(Command::compile));
  Raw raw;
  add_compile(app, raw);
  for (const Subcommand& row : kSubcommands) {
    CLI::App* sub = app.add_subcommand(row.name, row.sentence);
    row.add_options(*sub, raw);
    sub->footer(help_footer(row.command));
  }
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForHelp&) {
    return ParsedCommandLine(Answer{app.help()});
  } catch (const CLI::CallForVersion& version) {
    return ParsedCommandLine(Answer{fmt::format("{}\n", version.what())});
  } catch (const CLI::ExtrasError&) {
    return unexpected(app);
  } catch (const CLI::ParseError& error) {
    return bad_usage(sentence_of(error), "webllm-compile --help shows all options");
  }
  TRY(Options options, finished(std::move(raw), app));
  return ParsedCommandLine(std::move(options));
}

}  // namespace compiler
