using System.Text;
using System.Text.Json;
using Triptych.Storage.Backup;
using Triptych.Storage.ObjectStore;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Backup;

public sealed class BackupLeaseTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly ManualClock _clock = new();
    private readonly LocalObjectStore _objects = new(new FaultyDisk(), "/backup");

    public void Dispose() => _objects.Dispose();

    [Fact]
    public async Task It_is_one_processs_and_another_ones_when_given_back()
    {
        await using (await BackupLease.TakeAsync(_objects, TimeProvider.System, CancellationToken.None))
        {
            (await _objects.GetLengthAsync(BackupLease.Key, CancellationToken.None)).ShouldNotBeNull();
            (await BackupRepository.HoldsBackupsAsync(_objects, CancellationToken.None)).ShouldBeTrue();
        }

        (await _objects.GetLengthAsync(BackupLease.Key, CancellationToken.None)).ShouldBeNull();
        await using var again = await BackupLease.TakeAsync(_objects, TimeProvider.System, CancellationToken.None);
        again.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task One_that_is_renewed_elsewhere_is_refused()
    {
        await PutAsync("elsewhere", 17, beat: 0);
        var taking = BackupLease.TakeAsync(_objects, _clock, CancellationToken.None);
        var beat = 0;
        var refused = await Should.ThrowAsync<BackupException>(() => TurnAsync(taking, async () => await PutAsync("elsewhere", 17, ++beat)));
        refused.Message.ShouldBe("a backup is being made there by process 17 on elsewhere");
    }

    [Fact]
    public async Task One_that_does_not_change_for_long_is_taken_over()
    {
        await PutAsync("elsewhere", 17, beat: 4);
        var began = _clock.GetUtcNow();
        var taking = BackupLease.TakeAsync(_objects, _clock, CancellationToken.None);
        await using var lease = await TurnAsync(taking, () => Task.CompletedTask);
        (_clock.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(60));
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task One_of_a_process_of_this_host_that_is_gone_is_taken_over_at_once()
    {
        // What a killed process leaves: its own id and start, with a process of that id that started at another time.
        await using (await BackupLease.TakeAsync(_objects, TimeProvider.System, CancellationToken.None))
        {
            var bytes = new byte[4096];
            var read = await _objects.GetRangeAsync(BackupLease.Key, 0, bytes, CancellationToken.None);
            using var json = JsonDocument.Parse(bytes.AsMemory(0, read));
            await PutAsync(json.RootElement.GetProperty("Host").GetString()!, json.RootElement.GetProperty("Process").GetInt32(), beat: 0);
        }

        // The clock stands: nothing is waited for.
        await using var lease = await BackupLease.TakeAsync(_objects, _clock, CancellationToken.None).WaitAsync(Patience);
    }

    [Fact]
    public async Task Of_two_who_take_over_at_the_same_time_one_has_it()
    {
        await PutAsync("elsewhere", 17, beat: 4);

        // The second one finds the old holder silent too, and is held up just before it changes anything.
        var slow = new HeldStore(_objects);
        var second = BackupLease.TakeAsync(slow, _clock, CancellationToken.None);
        await TurnAsync(slow.Reached, () => Task.CompletedTask);
        await using var first = await TurnAsync(BackupLease.TakeAsync(_objects, _clock, CancellationToken.None), () => Task.CompletedTask);
        slow.Go();
        await Should.ThrowAsync<BackupException>(() => TurnAsync(second, () => Task.CompletedTask));
        first.Lost.IsCancellationRequested.ShouldBeFalse();
        var keys = new List<string>();
        await foreach (var entry in _objects.ListAsync("", CancellationToken.None)) keys.Add(entry.Key);
        keys.ShouldBe([BackupLease.Key]);
    }

    [Fact]
    public async Task A_take_over_that_was_killed_is_not_waited_for_for_ever()
    {
        await PutAsync("elsewhere", 17, beat: 4);
        var killed = new HeldStore(_objects) { PutsFirst = true };
        var first = BackupLease.TakeAsync(killed, _clock, CancellationToken.None);
        await TurnAsync(killed.Reached, () => Task.CompletedTask);
        await using var second = await TurnAsync(BackupLease.TakeAsync(_objects, _clock, CancellationToken.None), () => Task.CompletedTask);
        killed.Go();
        await Should.ThrowAsync<BackupException>(() => TurnAsync(first, () => Task.CompletedTask));
        second.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_lost_it_is_told()
    {
        await using var lease = await BackupLease.TakeAsync(_objects, _clock, CancellationToken.None);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lease.Lost.Register(() => lost.SetResult());
        await PutAsync("elsewhere", 1, beat: 0);
        await TurnAsync(lost.Task.ContinueWith(static _ => true, TaskScheduler.Default), () => Task.CompletedTask);
    }

    /// <summary>Holds its caller up at its first change of anything but the lease put where there is none; with <see cref="PutsFirst"/> just behind that.</summary>
    private sealed class HeldStore(IObjectStore inner) : IObjectStore
    {
        private readonly TaskCompletionSource<bool> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool PutsFirst { get; init; }

        public Task<bool> Reached => _reached.Task;

        public void Go() => _go.SetResult();

        public async ValueTask PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            await HoldAsync();
            await inner.PutAsync(key, content, cancellationToken);
        }

        public ValueTask<long> PutAsync(string key, Func<Stream, CancellationToken, ValueTask> writeContent, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public async ValueTask<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (key == BackupLease.Key) return await inner.PutIfAbsentAsync(key, content, cancellationToken);
            if (!PutsFirst) await HoldAsync();
            var isPut = await inner.PutIfAbsentAsync(key, content, cancellationToken);
            await HoldAsync();
            return isPut;
        }

        public ValueTask<int> GetRangeAsync(string key, long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            inner.GetRangeAsync(key, offset, buffer, cancellationToken);

        public ValueTask<long?> GetLengthAsync(string key, CancellationToken cancellationToken) => inner.GetLengthAsync(key, cancellationToken);

        public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

        public async ValueTask DeleteAsync(string key, CancellationToken cancellationToken)
        {
            await HoldAsync();
            await inner.DeleteAsync(key, cancellationToken);
        }

        public ValueTask DeleteManyAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

        private Task HoldAsync()
        {
            _reached.TrySetResult(true);
            return _go.Task;
        }
    }

    /// <summary>Turns the clock until the work is done.</summary>
    private async Task<T> TurnAsync<T>(Task<T> work, Func<Task> each)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!work.IsCompleted)
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Patience);
            await each();
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        return await work;
    }

    private async Task PutAsync(string host, int process, int beat) => await _objects.PutAsync(
        BackupLease.Key,
        Encoding.UTF8.GetBytes($$"""{"Id":"other","Host":"{{host}}","Process":{{process}},"Started":1,"Beat":{{beat}}}"""),
        CancellationToken.None);
}
