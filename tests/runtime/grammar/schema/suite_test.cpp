// SPDX-License-Identifier: Apache-2.0
// The official JSON-Schema-Test-Suite, required tests.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>

#include "tests/runtime/grammar/schema/suites.h"
#include "tests/support/test_data.h"

namespace tests::schema {
namespace {

using runtime::grammar::json::Value;
using runtime::grammar::schema::Draft;
using runtime::grammar::schema::SchemaDocument;
using runtime::grammar::schema::SchemaOptions;
using std::filesystem::path;

// What the suite's remote references lead to.
struct Remotes {
  explicit Remotes(const path& folder) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.path().extension() != ".json") continue;
      const std::string relative = std::filesystem::relative(entry.path(), folder).string();
      uris.push_back("http://localhost:1234/" + relative);
      values.push_back(read_json(read_file(entry.path())));
      documents.push_back({uris.back(), &values.back()});
    }
  }
  std::deque<std::string> uris;
  std::deque<Value> values;
  std::vector<SchemaDocument> documents;
};

std::vector<Case> read_cases(const path& folder) {
  std::vector<path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  std::vector<Case> cases;
  for (const path& file : files) {
    for (const Value& group : read_json(read_file(file)).items) {
      Case one{file.stem().string() + ": " + std::string(group.find("description")->text),
               write(*group.find("schema"), Style::compact),
               {}};
      for (const Value& test : group.find("tests")->items) {
        one.instances.push_back({*test.find("data"), test.find("valid")->boolean});
      }
      cases.push_back(std::move(one));
    }
  }
  return cases;
}

struct Suite {
  const char* folder;
  Draft draft;
  std::size_t floor;  // of schemas that are right
};

class SchemaSuite : public testing::TestWithParam<Suite> {};

TEST_P(SchemaSuite, every_instance_of_most_schemas_is_judged_right) {
  const auto root = require_test_data("schemas/JSON-Schema-Test-Suite");
  if (!root) return;
  const Remotes remotes(*root / "remotes");
  Score score(GetParam().folder);
  for (const Case& one : read_cases(*root / "tests" / GetParam().folder)) {
    SchemaOptions options;
    options.draft = GetParam().draft;
    options.documents = remotes.documents;
    score.add(one, judge(one, options));
  }
  score.print(true);
  EXPECT_EQ(score.with_wrong_accepts, 0);
  EXPECT_GE(score.right, GetParam().floor);
}

INSTANTIATE_TEST_SUITE_P(Drafts, SchemaSuite,
                         testing::Values(Suite{"draft2020-12", Draft::draft2020_12, 381},
                                         Suite{"draft2019-09", Draft::draft2019_09, 370},
                                         Suite{"draft7", Draft::draft7, 255},
                                         Suite{"draft6", Draft::draft6, 230},
                                         Suite{"draft4", Draft::draft4, 158}),
                         [](const auto& info) {
                           std::string name = info.param.folder;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tests::schema
