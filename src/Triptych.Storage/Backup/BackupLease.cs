using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Triptych.Storage.ObjectStore;

namespace Triptych.Storage.Backup;

/// <summary>
/// The right to write to a repository that has no lock of its own, such as a bucket: the object <c>writer.json</c>, put by one who finds none and changed
/// every few seconds. Who finds one that does not change for a minute, or whose process is gone from this host, takes it over; no two clocks are
/// compared. Of several who would, the one does who puts an object named after the one that is gone, which is there once; when nothing comes of that for
/// a minute, the next number is tried for. One owner disposes it.
/// </summary>
public sealed class BackupLease : IAsyncDisposable
{
    internal const string Key = "writer.json";
    private const string TakeOverPrefix = "writer-";
    private const int MaxBytes = 4096;
    private static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);

    private readonly IObjectStore _objects;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private Holder _holder;
    private Task _beating = Task.CompletedTask;

    private BackupLease(IObjectStore objects, TimeProvider time, Holder holder)
    {
        _objects = objects;
        _time = time;
        _holder = holder;
    }

    /// <summary>Cancelled when somebody else has it, or when it could not be renewed for so long that somebody may.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Takes the right, from one who is gone too.</summary>
    /// <exception cref="BackupException">Another process has it and is alive.</exception>
    /// <exception cref="IOException">The store cannot be used.</exception>
    public static async Task<BackupLease> TakeAsync(IObjectStore objects, TimeProvider time, CancellationToken cancellationToken)
    {
        using var process = Process.GetCurrentProcess();
        var holder = new Holder(Guid.NewGuid().ToString("N"), HostName(), process.Id, process.StartTime.ToUniversalTime().Ticks, Beat: 0);
        while (!await objects.PutIfAbsentAsync(Key, holder.ToBytes(), cancellationToken))
        {
            if (await ReadAsync(objects, cancellationToken) is not { } other)
                continue;
            if (!IsGone(other) && !await IsSilentAsync(objects, time, other, cancellationToken))
                throw new BackupException($"a backup is being made there by process {other.Process} on {other.Host.Split('/')[0]}");
            if (await TryTakeOverAsync(objects, time, other, holder, cancellationToken))
                break;
        }

        var lease = new BackupLease(objects, time, holder);
        lease._beating = Task.Run(lease.BeatAsync, CancellationToken.None);
        return lease;
    }

    /// <summary>Gives it back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _beating;
        try
        {
            if (await ReadAsync(_objects, CancellationToken.None) is { } there && there.Id == _holder.Id)
                await _objects.DeleteAsync(Key, CancellationToken.None);
        }
        catch (IOException)
        {
            // The next one finds that it does not change any more.
        }

        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task BeatAsync()
    {
        var renewed = _time.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(BeatInterval, _time, _stop.Token);
                try
                {
                    if (await ReadAsync(_objects, _stop.Token) is not { } there || there.Id != _holder.Id)
                        break;
                    _holder = _holder with { Beat = _holder.Beat + 1 };
                    await _objects.PutAsync(Key, _holder.ToBytes(), _stop.Token);
                    renewed = _time.GetTimestamp();
                }
                catch (IOException) when (_time.GetElapsedTime(renewed) < Patience / 2)
                {
                    // Tried again; until then nobody takes it for gone.
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            if (_stop.IsCancellationRequested)
                return;
        }

        await _lost.CancelAsync();
    }

    /// <summary>Puts the holder in the place of one that is gone, unless somebody else does.</summary>
    private static async Task<bool> TryTakeOverAsync(
        IObjectStore objects, TimeProvider time, Holder gone, Holder holder, CancellationToken cancellationToken)
    {
        var prefix = string.Create(
            CultureInfo.InvariantCulture, $"{TakeOverPrefix}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(gone.Id)))[..16]}-");
        var number = 0;
        while (!await objects.PutIfAbsentAsync(KeyOf(number), holder.ToBytes(), cancellationToken))
        {
            if (!await IsSilentAsync(objects, time, gone, cancellationToken))
                return false;
            number++;
        }

        var isStill = await ReadAsync(objects, cancellationToken) is { } there && there.Id == gone.Id;
        if (isStill)
            await objects.PutAsync(Key, holder.ToBytes(), cancellationToken);
        for (; number >= 0; number--)
            await objects.DeleteAsync(KeyOf(number), cancellationToken);
        return isStill;

        string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}.json");
    }

    private static async Task<bool> IsSilentAsync(IObjectStore objects, TimeProvider time, Holder seen, CancellationToken cancellationToken)
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < Patience;)
        {
            await Task.Delay(PollInterval, time, cancellationToken);
            if (await ReadAsync(objects, cancellationToken) is not { } now)
                return true;
            if (now != seen)
                return false;
        }

        return true;
    }

    private static bool IsGone(Holder holder)
    {
        if (holder.Host != HostName())
            return false;
        try
        {
            using var process = Process.GetProcessById(holder.Process);
            return process.HasExited || Math.Abs(process.StartTime.ToUniversalTime().Ticks - holder.Started) > TimeSpan.TicksPerSecond;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The host's name, and what tells it from others of that name where the system has it: the id of its last start.</summary>
    private static string HostName()
    {
        const string BootId = "/proc/sys/kernel/random/boot_id";
        return File.Exists(BootId) ? $"{Environment.MachineName}/{File.ReadAllText(BootId).Trim()}" : Environment.MachineName;
    }

    private static async Task<Holder?> ReadAsync(IObjectStore objects, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBytes];
        try
        {
            var read = await objects.GetRangeAsync(Key, 0, buffer, cancellationToken);
            return JsonSerializer.Deserialize<Holder>(buffer.AsSpan(0, read));
        }
        catch (ObjectNotFoundException)
        {
            return null;
        }
        catch (JsonException e)
        {
            throw new BackupException($"{Key} cannot be read ({e.Message}): delete it when no backup is being made there", e);
        }
    }

    private sealed record Holder(string Id, string Host, int Process, long Started, long Beat)
    {
        public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);
    }
}
