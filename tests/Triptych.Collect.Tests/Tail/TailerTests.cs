using Triptych.Collect.Tail;
using Triptych.Ingest.Text;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;
using Triptych.Testing;

namespace Triptych.Collect.Tests.Tail;

public sealed class TailerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tail").FullName;
    private readonly RecordingStores _stores = new();
    private readonly SilentEvents _events = new();
    private readonly MemoryPositions _positions = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_json_line_yields_time_ids_and_level_and_the_file_its_labels()
    {
        Write("shop-out.log", """{"level":50,"time":1772366400123,"msg":"no error word","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}""" + "\n");
        await using var tailer = Make(new TailOptions { Pm2 = _folder });
        await RunAsync(tailer);
        var line = _stores.Lines.ShouldHaveSingleItem();
        line.Stream.ShouldBe($"app=shop,filename={_folder}/shop-out.log,host=h,service_name=shop");
        line.Nanos.ShouldBe(1772366400123000000);
        line.Level.ShouldBe(LogLevel.Error);
        line.Metadata.ShouldBe("span_id=00f067aa0ba902b7,trace_id=4bf92f3577b34da6a3ce929d0e0e4736");
    }

    [Fact]
    public async Task Renaming_loses_nothing_and_repeats_nothing()
    {
        Write("a.log", "one\n");
        await using var tailer = Make();
        await RunAsync(tailer);
        Write("a.log", "two\n");
        File.Move(Name("a.log"), Name("a.1.log"));
        Write("a.log", "three\n");
        await RunAsync(tailer);
        await RunAsync(tailer);
        Texts().ShouldBe(["one", "two", "three"], ignoreOrder: true);
        _stores.Duplicates.ShouldBe(0);
        _stores.Lines.ShouldAllBe(l => l.Stream.Contains("/a.log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_truncated_file_is_read_from_its_start_even_when_it_grew_beyond_our_place()
    {
        Write("a.log", "one\n");
        await using var tailer = Make();
        await RunAsync(tailer);
        File.WriteAllText(Name("a.log"), "x\n");
        await RunAsync(tailer);
        File.WriteAllText(Name("a.log"), "another beginning\nand more\n");
        await RunAsync(tailer);
        Texts().ShouldBe(["one", "x", "another beginning", "and more"]);
    }

    [Fact]
    public async Task A_partial_line_waits_for_its_newline_and_not_for_ever()
    {
        Write("a.log", "hel");
        await using var tailer = Make();
        await RunAsync(tailer);
        _stores.Lines.ShouldBeEmpty();
        Write("a.log", "lo\nwor");
        await RunAsync(tailer);
        Texts().ShouldBe(["hello"]);
        await RunAsync(tailer, 30);
        Texts().ShouldBe(["hello", "wor"]);
    }

    [Fact]
    public async Task After_a_crash_between_append_and_saving_no_line_comes_twice()
    {
        Write("a.log", "one\ntwo\n");
        var crashed = Make();
        await RunAsync(crashed);
        Write("a.log", "three\nfour\nfi");
        _positions.SavesUntilFailure = 1;
        await Should.ThrowAsync<IOException>(() => RunAsync(crashed, 40));
        Texts().ShouldBe(["one", "two", "three", "four"]);
        _clock.Advance(TimeSpan.FromMinutes(3));
        Write("a.log", "ve\n");
        _positions.SavesUntilFailure = int.MaxValue;
        await using var next = Make();
        await RunAsync(next, 12);
        Texts().ShouldBe(["one", "two", "three", "four", "five"]);
        _stores.Duplicates.ShouldBe(2);
    }

    [Fact]
    public async Task What_was_unread_before_a_rotation_during_a_stop_is_read_after_it()
    {
        Write("a.log", "one\n");
        var options = new TailOptions { Paths = [Name("a.log")] };
        await using (var first = Make(options)) await RunAsync(first);
        Write("a.log", "two\n");
        File.Move(Name("a.log"), Name("a.log.1"));
        Write("a.log", "three\n");
        await using var second = Make(options);
        await RunAsync(second);
        Texts().ShouldBe(["one", "two", "three"], ignoreOrder: true);
        _stores.Duplicates.ShouldBe(0);
    }

    [Fact]
    public async Task Without_from_beginning_only_files_that_appear_later_are_read_whole()
    {
        Write("old.log", "old\n");
        await using var tailer = Make(new TailOptions { Paths = [Name("**/*.log")], FromBeginning = false });
        await RunAsync(tailer);
        Write("old.log", "appended\n");
        Directory.CreateDirectory(Name("deep/er"));
        Write("deep/er/new.log", "new\n");
        await RunAsync(tailer);
        Texts().ShouldBe(["appended", "new"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_cut_and_the_next_one_is_whole()
    {
        Write("a.log", new string('x', (3 << 20) + 5) + "\nnext\n");
        await using var tailer = Make();
        await RunAsync(tailer, 20);
        Texts().Select(t => t.Length).ShouldBe([TailedFile.MaxLineBytes + " …[cut by triptych]".Length, 4]);
    }

    [Fact]
    public async Task Equal_lines_without_a_time_are_not_one()
    {
        Write("a.log", "same\nsame\n");
        await using var tailer = Make();
        await RunAsync(tailer);
        Texts().ShouldBe(["same", "same"]);
    }

    [Theory]
    [InlineData("shop-out.log", "shop")]
    [InlineData("shop-error.log", "shop")]
    [InlineData("my-shop-out-12.log", "my-shop")]
    [InlineData("shop-out__2026-01-01_00-00-00.log", null)]
    [InlineData("shop.log", null)]
    public void Pm2_names_tell_the_app(string name, string? app) => Pm2Names.AppOf(name).ShouldBe(app);

    [Theory]
    [InlineData("2026-03-01T12:00:00.5Z x", 1772366400500000000)]
    [InlineData("2026-03-01 13:00:00,000000001+01:00 x", 1772366400000000001)]
    [InlineData("2026-03-01 12:00:00 x", 0)]
    [InlineData("2026-02-30T12:00:00Z", 0)]
    public void A_time_is_believed_with_its_zone_only(string text, long nanos) =>
        (TextTime.TryParseRfc3339(System.Text.Encoding.UTF8.GetBytes(text), out var found) ? found : 0).ShouldBe(nanos);

    private string Name(string file) => Path.Combine(_folder, file);

    private void Write(string file, string text) => File.AppendAllText(Name(file), text);

    private IEnumerable<string> Texts() => _stores.Lines.Select(l => l.Line);

    private Tailer Make(TailOptions? options = null) =>
        new([options ?? new TailOptions { Paths = [Name("*.log")] }], "h", _stores.FrontDoor, _positions, MemoryBudget.Unlimited("test"), _clock, _events);

    private async Task RunAsync(Tailer tailer, int ticks = 10)
    {
        for (var i = 0; i < ticks; i++)
        {
            await tailer.TickAsync(TestContext.Current.CancellationToken);
            _clock.Advance(TimeSpan.FromMilliseconds(250));
        }
    }

    private sealed class MemoryPositions : IPositionStore
    {
        private readonly Dictionary<FileIdentity, TailPosition> _kept = [];

        public int SavesUntilFailure { get; set; } = int.MaxValue;

        public ValueTask<IReadOnlyList<TailPosition>> LoadAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult<IReadOnlyList<TailPosition>>([.. _kept.Values]);

        public ValueTask SaveAsync(IReadOnlyList<TailPosition> positions, CancellationToken cancellationToken)
        {
            if (SavesUntilFailure-- <= 0) throw new IOException("no space");
            foreach (var position in positions) _kept[position.Identity] = position;
            return ValueTask.CompletedTask;
        }

        public ValueTask ForgetAsync(FileIdentity identity, CancellationToken cancellationToken)
        {
            _kept.Remove(identity);
            return ValueTask.CompletedTask;
        }
    }
}
