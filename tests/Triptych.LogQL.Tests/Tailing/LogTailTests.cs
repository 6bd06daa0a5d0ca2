using System.Globalization;
using System.Text;
using Shouldly;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Tailing;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Checksums;
using Triptych.Primitives.Memory;
using Xunit;

namespace Triptych.LogQL.Tests.Tailing;

public sealed class LogTailTests
{
    // Only a test that fails waits for so long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task A_tail_gets_the_records_of_its_streams_through_all_stages_in_order_of_time()
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"} |= \"order\" | logfmt | id > 1 | line_format \"{{.id}}!\"", TimeSpan.Zero).Value!;
        using var batch = Batch(("app=shop", 3, "order id=3"), ("app=shop", 2, "order id=2"), ("app=cart", 4, "order id=4"), ("app=shop", 1, "order id=1"));
        tails.Publish(TenantId.Default, batch);
        (await NextAsync(tail)).ShouldBe(["2 2! {app=shop,detected_level=info,id=2}", "3 3! {app=shop,detected_level=info,id=3}"]);
    }

    [Fact]
    public async Task A_tail_gets_nothing_of_other_tenants_nor_what_the_store_had_or_refused()
    {
        TenantId.TryParse("other", out var other).ShouldBeTrue();
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.Zero).Value!;
        using var foreign = Batch(("app=shop", 1, "foreign"));
        tails.Publish(other, foreign);
        using var batch = Batch(("app=shop", 2, "had"), ("app=shop", 3, "new"), ("app=shop", 4, "refused"));
        batch.MarkNotNew(0);
        batch.MarkNotNew(2);
        tails.Publish(TenantId.Default, batch);
        (await NextAsync(tail)).ShouldBe(["3 new {app=shop,detected_level=info}"]);
    }

    [Fact]
    public async Task A_tail_skips_the_records_that_its_client_has_once()
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.Zero).Value!;
        tail.Skip([RecordIdentity.Of(Labels("app=shop"), 1, "seen"u8, default)]);
        using var batch = Batch(("app=shop", 1, "seen"), ("app=shop", 1, "unseen"));
        tails.Publish(TenantId.Default, batch);
        (await NextAsync(tail)).ShouldBe(["1 unseen {app=shop,detected_level=info}"]);
    }

    [Fact]
    public async Task What_there_is_no_room_for_is_counted_and_named_and_later_records_are_taken_again()
    {
        var tails = new LogTails(new LogTailOptions { MaxQueuedBytes = 1000 }, TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.Zero).Value!;
        using var batch = Batch([.. Enumerable.Range(0, 300).Select(i => ("app=shop", (long)i, new string('x', 50)))]);
        tails.Publish(TenantId.Default, batch);
        var frame = await FrameAsync(tail);
        frame.Lines.Count.ShouldBeInRange(5, 15);
        (frame.Lines.Count + frame.DroppedCount).ShouldBe(300);
        frame.Dropped.Count.ShouldBe(100);
        frame.Dropped[0].TimeUnixNanos.ShouldBe(frame.Lines.Count);
        LabelSet.Decode(frame.Dropped[0].Stream).ShouldBe([KeyValuePair.Create("app", "shop")]);

        using var later = Batch(("app=shop", 500, "later"));
        // There is room again from the moment on that the tail asks for more.
        var next = NextAsync(tail);
        while (!next.IsCompleted)
        {
            tails.Publish(TenantId.Default, later);
            await Task.Yield();
        }

        (await next)[0].ShouldBe("500 later {app=shop,detected_level=info}");
    }

    [Fact]
    public async Task Lines_of_one_frame_are_bounded_and_none_is_lost()
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"} | logfmt", TimeSpan.Zero).Value!;
        using var batch = Batch([.. Enumerable.Range(0, 5000).Select(i => ("app=shop", (long)i, $"id={i} unique_{i}=v{i}"))]);
        tails.Publish(TenantId.Default, batch);
        var next = 0;
        while (next < 5000)
        {
            var frame = await FrameAsync(tail);
            frame.DroppedCount.ShouldBe(0);
            frame.Lines.Count.ShouldBeInRange(1, 1000);
            foreach (var line in frame.Lines) line.TimeUnixNanos.ShouldBe(next++);
            // What the lines have brought is forgotten from time to time.
            frame.Symbols.SizeBytes.ShouldBeLessThan(8 << 20);
        }
    }

    [Fact]
    public void Tails_of_a_tenant_are_bounded_and_one_that_ends_makes_room()
    {
        TenantId.TryParse("other", out var other).ShouldBeTrue();
        var tails = new LogTails(new LogTailOptions { MaxTails = 1 }, TimeProvider.System);
        var first = tails.Open(TenantId.Default, "{a=\"b\"}", TimeSpan.Zero).Value!;
        tails.Open(TenantId.Default, "{a=\"b\"}", TimeSpan.Zero).Error!.Message
            .ShouldBe("max concurrent tail requests limit exceeded, count > limit (2 > 1)");
        using var others = tails.Open(other, "{a=\"b\"}", TimeSpan.Zero).Value.ShouldNotBeNull();
        first.Dispose();
        using var next = tails.Open(TenantId.Default, "{a=\"b\"}", TimeSpan.Zero).Value.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("{a=\"b\"", "parse error")]
    [InlineData("rate({a=\"b\"}[1m])", "only log queries can be tailed")]
    [InlineData("{a=\"b\"} | line_format \"{{now.Unix}}\"", "a method of a function's value")]
    public void A_tail_of_what_cannot_be_evaluated_is_refused(string query, string message)
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        tails.Open(TenantId.Default, query, TimeSpan.Zero).Error!.Message.ShouldContain(message);
    }

    [Fact]
    public async Task A_delay_lets_late_lines_come_in_order()
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.FromSeconds(1)).Value!;
        using var batch = Batch(("app=shop", 2, "second"));
        using var late = Batch(("app=shop", 1, "first"));
        tails.Publish(TenantId.Default, batch);
        tails.Publish(TenantId.Default, late);
        var lines = await NextAsync(tail);
        // On a machine that stands still for long between the two they may come apart, but never in the wrong order in one frame.
        if (lines.Count > 1) lines.ShouldBe(["1 first {app=shop,detected_level=info}", "2 second {app=shop,detected_level=info}"]);
        else lines.ShouldBe(["2 second {app=shop,detected_level=info}"]);
    }

    [Fact]
    public async Task A_store_that_refuses_or_has_the_request_already_publishes_nothing()
    {
        var tails = new LogTails(new LogTailOptions(), TimeProvider.System);
        using var tail = tails.Open(TenantId.Default, "{app=\"shop\"}", TimeSpan.Zero).Value!;
        using var batch = Batch(("app=shop", 1, "unavailable"));
        using var taken = Batch(("app=shop", 2, "taken"));
        var context = new AppendContext(TenantId.Default, null);
        await Over(AppendResult.Unavailable("full", TimeSpan.Zero)).AppendAsync(context, batch, CancellationToken.None);
        await Over(new AppendResult { Status = AppendStatus.Duplicate }).AppendAsync(context, batch, CancellationToken.None);
        await Over(new AppendResult { Accepted = 1 }).AppendAsync(context, taken, CancellationToken.None);
        (await NextAsync(tail)).ShouldBe(["2 taken {app=shop,detected_level=info}"]);

        TailedAppender Over(AppendResult result) => new(new AnsweringStore(result), tails);
    }

    private static async Task<IReadOnlyList<string>> NextAsync(LogTail tail)
    {
        var frame = await FrameAsync(tail);
        return [.. frame.Lines.Select(line => string.Create(
            CultureInfo.InvariantCulture,
            $"{line.TimeUnixNanos} {Encoding.UTF8.GetString(line.Line.Span)} {Text(frame.Symbols, [.. line.Stream, .. line.Metadata, .. line.Parsed])}"))];
    }

    private static async Task<TailFrame> FrameAsync(LogTail tail)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await tail.NextAsync(patience.Token);
    }

    private static string Text(SymbolTable symbols, LabelId[] labels) => "{" + string.Join(
        ',', labels.Select(l => $"{symbols.GetString(l.Name)}={symbols.GetString(l.Value)}").Order(StringComparer.Ordinal)) + "}";

    private static LogBatch Batch(params (string Stream, long Time, string Line)[] records)
    {
        var batch = new LogBatch(MemoryBudget.Unlimited("test"));
        foreach (var (stream, time, line) in records)
        {
            batch.AddStream(Labels(stream));
            batch.AddEntry(time, LogLevel.Info, Encoding.UTF8.GetBytes(line), default);
        }

        return batch;
    }

    private static byte[] Labels(string text) => LabelSet.Encode(text.Split(',').Select(p => KeyValuePair.Create(p.Split('=')[0], p.Split('=')[1])));

    private sealed class AnsweringStore(AppendResult result) : ILogAppender
    {
        public ValueTask<AppendResult> AppendAsync(AppendContext context, LogBatch batch, CancellationToken cancellationToken) => ValueTask.FromResult(result);
    }
}
