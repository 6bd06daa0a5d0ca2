using Triptych.Testing.Kills;

namespace Triptych.Logs.Tests.Compaction;

public sealed class LogSizeRuleTests
{
    [Fact]
    public Task Beyond_the_size_of_a_rule_its_oldest_records_go_and_no_others() => new SizeRuleStory(new LogKills()).TellAsync();
}
