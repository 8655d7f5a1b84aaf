# PowerShell completion for ocompose: dot-source it, for example from $PROFILE.

Register-ArgumentCompleter -Native -CommandName 'ocompose' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString()
    $line = $line.Substring(0, [Math]::Min($line.Length, $cursorPosition))
    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() })
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1)
    if ($wordToComplete -ne '' -and $before.Count -gt 0) {
        $before = @($before | Select-Object -SkipLast 1)
    }
    # PowerShell before 7.3 drops empty arguments unless they are in quotes.
    $current = if ($wordToComplete -eq '') { '""' } else { $wordToComplete }
    if ($PSVersionTable.PSVersion -ge [version]'7.3' -and $wordToComplete -eq '') { $current = '' }
    $directive = 0
    $answer = & $program __complete @before $current 2>$null
    foreach ($candidate in $answer) {
        if ($candidate -match '^:(\d+)$') {
            $directive = [int]$Matches[1]
            continue
        }
        $value, $description = $candidate -split "`t", 2
        if (-not $description) { $description = $value }
        if ($value -and $value.StartsWith($wordToComplete)) {
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
    if (-not ($directive -band 4)) {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
    }
}
