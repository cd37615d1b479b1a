// SPDX-License-Identifier: Apache-2.0
#include "compiler/options.h"

#include <gtest/gtest.h>

#include <sstream>

#include "compiler/exit_code.h"
#include "compiler/help.h"
#include "compiler/pass_table.h"

namespace compiler {
namespace {

ir::Result<ParsedCommandLine> parse(const std::string& line) {
  std::istringstream in("webllm-compile " + line);
  std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return parse_command_line(arguments);
}

Options options(const std::string& line) {
  auto parsed = parse(line);
  if (!parsed) ADD_FAILURE() << to_string(parsed.error());
  return parsed ? std::get<Options>(*parsed) : Options{};
}

std::string answer(const std::string& line) {
  auto parsed = parse(line);
  return parsed ? std::get<Answer>(*parsed).text : to_string(parsed.error());
}

std::string fault(const std::string& line) {
  auto parsed = parse(line);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().kind, ir::DiagnosticKind::bad_usage);
  EXPECT_FALSE(parsed.error().help.empty());
  return parsed.error().message;
}

TEST(Options, AFolderAloneIsCompiledWithDefaults) {
  const Options o = options("models/tiny");
  EXPECT_EQ(o.command, Command::compile);
  EXPECT_EQ(o.input, "models/tiny");
  EXPECT_EQ(o.quantization->name, "q4f16_1");
  EXPECT_FALSE(o.output);
  EXPECT_FALSE(o.context);
}

TEST(Options, RulesForWeightsAreLists) {
  const Options o = options("tiny --quantize lm_head=q8f16_1,*.o_proj=q0f16 --quantize *=q3f16_1");
  ASSERT_EQ(o.weight_rules.size(), 3u);
  EXPECT_EQ(o.weight_rules[1].pattern, "*.o_proj");
  EXPECT_EQ(o.weight_rules[2].quantization->name, "q3f16_1");
  EXPECT_EQ(fault("tiny --quantize lm_head=q5"), "--quantize: there is no quantization \"q5\"");
}

TEST(Options, OptionsMayStandBeforeOrAfterTheFolder) {
  const Options o = options("-o out tiny --quantization=q0f32 --context 512 --json");
  EXPECT_EQ(o.input, "tiny");
  EXPECT_EQ(*o.output, "out");
  EXPECT_EQ(o.quantization->name, "q0f32");
  EXPECT_EQ(*o.context, 512U);
  EXPECT_TRUE(o.json);
}

TEST(Options, EvalComputesWithTheModelsOwnWeightsByDefault) {
  const Options o = options("eval tiny --prompt-ids 1,2,3 --engine kernels --chunk 7");
  EXPECT_EQ(o.command, Command::eval);
  EXPECT_EQ(o.quantization->name, "q0f32");
  EXPECT_EQ(o.prompt_ids, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(o.engine, Engine::kernels);
  EXPECT_EQ(o.chunk, 7U);
}

TEST(Options, CompareNamesABundleAndAModel) {
  const Options o = options("compare out tiny");
  EXPECT_EQ(o.command, Command::compare);
  EXPECT_EQ(o.input, "out");
  EXPECT_EQ(o.reference, "tiny");
}

TEST(Options, PassesAreLists) {
  const Options o =
      options("tiny --passes no-fuse-swiglu,no-fuse-argmax --print-after lower,build");
  EXPECT_EQ(o.passes, (std::vector<std::string>{"no-fuse-swiglu", "no-fuse-argmax"}));
  EXPECT_EQ(o.print_after, (std::vector<std::string>{"lower", "build"}));
  EXPECT_TRUE(options("--passes list").list_passes);
}

TEST(Options, FaultsSayWhatIsWrong) {
  EXPECT_EQ(fault(""), "no model folder was named");
  EXPECT_EQ(fault("eval"), "model-dir is required");
  EXPECT_EQ(fault("tiny -q q5"),
            "--quantization: q5 not in {q4f16_1,q8f16_1,q3f16_1,q4f32_1,q0f16,q0f32}");
  EXPECT_NE(fault("tiny --context 0"), "");
  EXPECT_NE(fault("tiny --context ten"), "");
  EXPECT_NE(fault("serve out --port 70000"), "");
  EXPECT_NE(fault("eval tiny --prompt a --prompt-ids 1"), "");
  EXPECT_NE(fault("tiny more"), "");
}

TEST(Options, AMistypedOptionIsNamedWithTheOneThatWasMeant) {
  EXPECT_EQ(fault("tiny --quantisation q0f32"), "there is no option --quantisation");
  EXPECT_EQ(parse("tiny --quantisation q0f32").error().help, "did you mean --quantization?");
  EXPECT_EQ(parse("eval tiny --promt a").error().help, "did you mean --prompt?");
}

TEST(Help, NamesEveryPassQuantizationAndExitCode) {
  const std::string help = answer("--help");
  for (const Pass& pass : kPasses) {
    EXPECT_NE(help.find(pass.name), std::string::npos) << pass.name;
    EXPECT_NE(help.find(pass.sentence), std::string::npos) << pass.sentence;
  }
  for (const Quantization& row : kQuantizations)
    EXPECT_NE(help.find(row.sentence), std::string::npos) << row.name;
  for (const ExitCodeInfo& row : kExitCodes)
    EXPECT_NE(help.find(row.meaning), std::string::npos) << row.meaning;
  for (const char* command : {"inspect", "eval", "compare", "serve", "Examples:"})
    EXPECT_NE(help.find(command), std::string::npos) << command;
}

TEST(Help, OfASubcommandShowsItsOwnExamples) {
  const std::string help = answer("eval --help");
  EXPECT_NE(help.find("--max-tokens"), std::string::npos);
  EXPECT_NE(help.find("webllm-compile eval"), std::string::npos);
  EXPECT_EQ(help.find("webllm-compile serve"), std::string::npos);
}

TEST(Help, FitsATerminal) {
  for (const char* line : {"--help", "inspect --help", "eval --help", "compare --help"}) {
    std::istringstream in(answer(line));
    for (std::string row; std::getline(in, row);) EXPECT_LE(row.size(), 100U) << row;
  }
}

TEST(Version, IsThatOfTheProject) {
  EXPECT_EQ(answer("--version"), "webllm-compile " WEBLLM_VERSION "\n");
}

}  // namespace
}  // namespace compiler
